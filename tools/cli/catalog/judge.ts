import { isPolicy } from "../../../shared/contract/catalog.ts";
import { OPERATOR_SEMANTICS } from "../../../shared/contract/policy-facts.ts";
import { MAX_IMPACT_DAYS } from "../../../shared/contract/policy-requests.ts";
import type { Call } from "../command.ts";
import { CliError, EXIT } from "../exit.ts";
import { count, safe } from "../text.ts";
import { type Draft, draftsOf } from "./drafts.ts";
import { shownName } from "./family.ts";
import { readSources } from "./files.ts";
import { type SessionOptions, sessionOf } from "./session.ts";
import { impactText, verdictText } from "./verdicts.ts";

/** What an evaluation answers. */
export const VERDICTS: readonly string[] = ["allowed", "refused", "unknown"];

type TestOptions = SessionOptions & { filename?: string[]; allowUnknown?: boolean; expect?: string };

/** `test`. */
export const test = async (call: Call<TestOptions>): Promise<void> => {
  const {
    options,
    system,
    connection: { api },
    print,
    paint,
    note,
  } = call;
  for (const [name, value, known] of [
    ["--expect", options.expect, VERDICTS],
    ["--semantics", options.semantics, OPERATOR_SEMANTICS],
  ] as const)
    if (value !== undefined && !known.some((each) => each === value))
      throw new CliError(EXIT.usage, `${name} ${safe(value)}: use one of ${known.join(", ")}.`);
  const session = sessionOf(options);
  const drafts =
    options.filename === undefined
      ? []
      : draftsOf(await readSources(options.filename, system.stdin), options.allowUnknown ?? false, note);
  const answer = await api.evaluate({ ...session, ...(drafts.length === 0 ? {} : { drafts: drafts.map(wireOf) }) });
  print(answer, () => verdictText(answer, paint, options.connect));
  if (options.expect !== undefined && answer.verdict !== options.expect)
    throw new CliError(EXIT.failed, `Expected ${options.expect}, but the session is ${answer.verdict}.`);
};

type ImpactOptions = { filename: string[]; days: string; eachSession?: boolean; allowUnknown?: boolean };

/** `impact`. */
export const impact = async (call: Call<ImpactOptions>): Promise<void> => {
  const {
    options,
    system,
    connection: { api },
    progress,
    settings,
    print,
    say,
    note,
  } = call;
  const days = Number(options.days);
  if (!/^\d+$/.test(options.days) || days < 1 || days > MAX_IMPACT_DAYS)
    throw new CliError(EXIT.usage, `--days must be a whole number from 1 to ${MAX_IMPACT_DAYS}.`);
  const drafts = draftsOf(await readSources(options.filename, system.stdin), options.allowUnknown ?? false, note);
  const policies = drafts.filter(({ kind }) => isPolicy(kind));
  for (const { place, kind, ...named } of drafts)
    if (!isPolicy(kind)) note(`${place}: ${kind} ${safe(shownName(named))} is skipped: a profile refuses no session.`);
  if (policies.length === 0) throw new CliError(EXIT.notFound, "The files have no policy.");
  const impacts = [];
  for (const draft of policies) {
    progress.report(`Looking at recorded sessions: ${shownName(draft)} …`);
    const { kind, namespace, name } = draft;
    const body = { draft: wireOf(draft), days, ...(options.eachSession === true ? { each_session: true } : {}) };
    let found = await api.impact(body);
    while ("job" in found) {
      progress.report(`${shownName(draft)}: ${count(found.job.sessions, "session")} read, up to ${found.job.day} …`);
      found = await api.job(found.job.id);
    }
    impacts.push({ kind, namespace, name, impact: found });
  }
  progress.done();
  if (settings.output !== "table") return print({ impacts }, () => "");
  for (const [index, { kind, impact: found, ...named }] of impacts.entries())
    say(`${index === 0 ? "" : "\n"}${kind} ${safe(shownName(named))}\n${impactText(found)}`);
};

const wireOf = ({ kind, name, namespace, clusters, spec }: Draft) => ({
  kind,
  name,
  ...(namespace === null ? {} : { namespace }),
  ...(clusters === undefined ? {} : { clusters }),
  spec,
});
