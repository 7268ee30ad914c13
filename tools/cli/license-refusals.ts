import type { OperatorListResponse } from "../../shared/contract/responses.ts";
import { enforcedMaxOperators, enforcedMinimum } from "../../shared/licensing/edition.ts";
import type { LicenseTerms } from "../../shared/licensing/license-terms.ts";
import { judgeVersion } from "../../shared/licensing/operator-version.ts";
import { count } from "./text.ts";

type Operators = OperatorListResponse["operators"];

/** Whether a license can refuse operators at all. */
export const mayRefuse = (terms: LicenseTerms): boolean =>
  enforcedMinimum(terms) !== null || enforcedMaxOperators(terms) !== null;

/** What a license would refuse to the operators that are connected, one line for each term. */
export const refusals = (terms: LicenseTerms, operators: Operators): string[] => [
  ...tooOld(enforcedMinimum(terms), operators),
  ...tooMany(enforcedMaxOperators(terms), operators),
];

/** The same for the number of installations alone. `max`: how many are allowed; null is unlimited. */
export const tooMany = (max: number | null, operators: Operators): string[] => {
  const names = [...new Set(connected(operators).map(installationOf))];
  if (max === null || names.length <= max) return [];
  return [
    `max_operators is ${max}, but ${count(names.length, "installation")} ${names.length === 1 ? "is" : "are"} connected (${names.join(", ")}): ${names.length - max} of them get no lease.`,
  ];
};

const tooOld = (minimum: string | null, operators: Operators): string[] => {
  if (minimum === null) return [];
  // Agents are never refused for the version of their operator.
  const old = connected(operators).filter(
    ({ kind, version }) => kind !== "agent" && version !== null && judgeVersion(version, minimum) === "too old",
  );
  if (old.length === 0) return [];
  const names = old.map(({ cluster, instance_id, version }) => `${cluster ?? instance_id} (${version})`);
  return [`min_operator_version is ${minimum}: these operators are refused: ${names.join(", ")}.`];
};

const connected = (operators: Operators): Operators => operators.filter(({ state }) => state !== "gone");

const installationOf = ({ installation, cluster_id: id, cluster, instance_id: instance }: Operators[number]): string =>
  installation ?? id ?? cluster ?? instance;
