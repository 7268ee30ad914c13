import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate } from "../../../shared/policies/evaluate.ts";
import { answerProbes } from "../../../shared/policies/probes.ts";
import { SEED } from "../../support/deep.ts";
import { historyRuns } from "../../support/history.ts";
import { catalogs } from "../../support/policy-oracle/entries.ts";
import { policiesOf, sessionOf, type WireEntry, type WireSession } from "../../support/policy-oracle/from-wire.ts";
import { appliesTo, judge, refusing } from "../../support/policy-oracle/judge.ts";
import { connects, excludes, fileMode } from "../../support/policy-oracle/probes.ts";
import { sessions } from "../../support/policy-oracle/sessions.ts";
import { connections, envNames, filePaths } from "../../support/policy-oracle/texts.ts";

/** How many policy sets with a session are compared; more of them with HISTORIES=n. */
const RUNS = historyRuns(300);
const TIMEOUT_MS = 30_000 + 5 * RUNS;

const idOf = ({ kind, namespace, name }: { kind: string; namespace: string | null; name: string }): string =>
  [kind, namespace, name].join("#");

const judged = ({ cluster, target, policy_facts: facts }: WireSession) => ({ cluster, target, facts });

/** What the two implementations have in common, by the server's code. */
const found = (entries: readonly WireEntry[], session: WireSession) => {
  const { verdict, policies, reasons } = evaluate(entries, judged(session));
  return {
    verdict,
    applies: policies.map((policy) => `${idOf(policy)} ${policy.applies}`),
    refusing: [...new Set(reasons.filter((reason) => reason.verdict === "refused").map(idOf))],
  };
};

/** The same by the rules written a second time. */
const expected = (entries: readonly WireEntry[], wire: WireSession) => {
  const [policies, session] = [policiesOf(entries), sessionOf(wire)];
  return {
    verdict: judge(policies, session),
    applies: policies
      .map((policy) => ({ id: policy.id, applies: appliesTo(policy, session) }))
      .flatMap(({ id, applies }) => (applies === "no" ? [] : [`${id} ${applies}`])),
    refusing: refusing(policies, session),
  };
};

describe("the rules of policies, beside a second implementation", () => {
  it(
    "give a session the same verdict, by the same policies",
    () => {
      const seen = { allowed: 0, refused: 0, unknown: 0 };
      fc.assert(
        fc.property(catalogs, sessions, (entries, session) => {
          const wanted = expected(entries, session);
          expect(found(entries, session)).toEqual(wanted);
          seen[wanted.verdict] += 1;
        }),
        { numRuns: RUNS, seed: SEED },
      );
      // The generator makes all verdicts, each often.
      for (const times of Object.values(seen)) expect(times).toBeGreaterThan(RUNS / 20);
    },
    TIMEOUT_MS,
  );

  it(
    "treat variables, files and connections alike",
    () => {
      fc.assert(
        fc.property(catalogs, sessions, envNames, filePaths, connections, (entries, wire, name, path, connection) => {
          const [policies, session] = [policiesOf(entries), sessionOf(wire)];
          expect(
            answerProbes(entries, judged(wire), { env: [name], files: [path], connections: [connection] }),
          ).toEqual({
            env: [{ name, excluded: excludes(policies, session, name) }],
            files: [{ path, mode: fileMode(policies, session, path) }],
            connections: [{ verdict: connects(policies, session, connection) }],
          });
        }),
        { numRuns: RUNS, seed: SEED },
      );
    },
    TIMEOUT_MS,
  );
});
