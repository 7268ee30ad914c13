import type { EvaluateResponse, ImpactResponse, MissingFact } from "../../../shared/contract/policy-answers.ts";
import { UNKNOWN_REASONS } from "../../../shared/contract/policy-words.ts";
import type { Paint } from "../style.ts";
import { table } from "../table.ts";
import { day, safe } from "../text.ts";
import { shownName } from "./family.ts";

/** What an evaluation found of a session. `connect` are the connections that it was asked about, in its order. */
export const verdictText = (
  { verdict, policies, reasons, changes, ...probes }: EvaluateResponse,
  paint: Paint,
  connect: readonly string[] = [],
): string =>
  [
    paint(COLOURS[verdict], verdict),
    ...(reasons.length === 0
      ? []
      : [
          "",
          table(
            ["Policy", "Verdict", "Rule", "Missing fact"],
            reasons.map((reason) => [shownName(reason), reason.verdict, reason.rule, missingText(reason.missing)]),
          ),
        ]),
    ...(changes.length === 0
      ? []
      : [
          "",
          table(
            ["Changed by", "Field", "Value"],
            changes.flatMap((change) =>
              change.values.map((value) => [
                shownName(change),
                change.field,
                typeof value === "string" ? value : JSON.stringify(value),
              ]),
            ),
          ),
        ]),
    ...probeLines(probes, connect),
    ...(policies.length === 0
      ? ["", "No policy applies."]
      : reasons.length + changes.length > 0
        ? []
        : ["", `Applied: ${policies.map((policy) => safe(shownName(policy))).join(", ")}`]),
  ].join("\n");

/** A fact that is not known, with the option that gives it. */
const missingText = (fact: MissingFact | null): string | null => {
  const option = fact === null ? undefined : OPTION_OF[fact];
  return option === undefined ? fact : `${fact} (${option})`;
};

const OPTION_OF: Partial<Record<MissingFact, string>> = {
  labels: "--label",
  owners: "--owner",
  container: "--container",
  operator_semantics: "--semantics",
};

const COLOURS = { allowed: "green", refused: "red", unknown: "yellow" } as const;

const probeLines = (
  { env = [], files = [], connections = [] }: Pick<EvaluateResponse, "env" | "files" | "connections">,
  connect: readonly string[],
) => {
  const rows = [
    ...env.map(({ name, excluded }) => [
      `variable ${name}`,
      excluded === null ? "unknown" : excluded ? "excluded" : "read",
    ]),
    ...files.map(({ path, mode }) => [`file ${path}`, mode ?? "as the user sets it"]),
    ...connections.map(({ verdict }, index) => [`connection ${connect[index] ?? index + 1}`, verdict]),
  ];
  return rows.length === 0 ? [] : ["", table(["Probe", "Result"], rows)];
};

export const impactText = ({ from, to, in_scope, refused, changed, unknown }: ImpactResponse): string =>
  [
    `Sessions from ${day(from)} to ${day(to)}`,
    table(
      ["Sessions", "Number"],
      [
        ["in scope", in_scope],
        ["would be refused", refused ?? "not known"],
        ["would be changed", changed ?? "not known"],
        ...unknown.map(({ reason, sessions }) => [`no answer: ${UNKNOWN_REASONS[reason]}`, sessions]),
      ],
    ),
  ].join("\n");
