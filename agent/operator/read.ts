import { describeKube, isDone, type Kube } from "../kube/kube.ts";

/** What the MirrordOperator object shows. Fields that it lacks are undefined. */
export type OperatorFacts = {
  version: string | undefined;
  /** When the operator's license ends, `yyyy-mm-dd`. */
  licenseExpiry: string | undefined;
  /** `status.sessions`, which has the locked ports. */
  sessions: unknown;
};

export type OperatorReading =
  | { kind: "read"; facts: OperatorFacts }
  /** No operator is installed, or one that is too old to have the object. */
  | { kind: "missing" }
  | { kind: "failed"; detail: string };

const PATH = "/apis/operator.metalbear.co/v1/mirrordoperators/operator";

/** Reads the operator's own object once. It cannot be watched. */
export const readOperator = async (kube: Kube): Promise<OperatorReading> => {
  const outcome = await kube.call({ path: PATH });
  if (outcome.kind === "answer" && outcome.status === 404) return { kind: "missing" };
  if (!isDone(outcome)) return { kind: "failed", detail: describeKube(outcome) };
  const { spec, status } = fieldsOf(outcome.body);
  const { license, operator_version } = fieldsOf(spec);
  return {
    kind: "read",
    facts: {
      version: versionIn(operator_version),
      licenseExpiry: textIn(fieldsOf(license)["expire_at"]),
      sessions: fieldsOf(status)["sessions"],
    },
  };
};

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

const textIn = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

// As the contract bounds it.
const versionIn = (value: unknown): string | undefined => {
  const version = textIn(value);
  return version !== undefined && /^[\x21-\x7e]{1,64}$/.test(version) ? version : undefined;
};
