import { parse } from "yaml";
import { chartFile } from "./chart.ts";
import { AGENT_NAME, type Values } from "./values.ts";

/** What must be switched on for a right. */
export const SWITCHES = ["always", "license", "restart", "enforce", "killPreviews", "catalog"] as const;
type Switch = (typeof SWITCHES)[number];

/** One thing that the agent may do in a cluster, and why. */
export type Right = {
  /** In the whole cluster, or in the operator's namespace only. */
  scope: "cluster" | "operator";
  when: Switch;
  group: string;
  resource: string;
  /** The only objects that it covers; undefined for all. */
  names?: readonly string[];
  verbs: readonly string[];
  reason: string;
};

/** Every right that any values give, with placeholders for names. */
export const ALL_RIGHTS: readonly Right[] = parse(chartFile("files/rights.yaml"));

/** The values that decide about rights. */
export type RightsValues = Pick<Values, "operator" | "enforceSeats" | "killPreviews" | "applyCatalog"> & {
  license: Pick<Values["license"], "secretName" | "restartOperator">;
};

/** The rights that the values give. */
export const rightsOf = (values: RightsValues): Right[] => {
  const on: Record<Switch, boolean> = {
    always: true,
    license: values.license.secretName !== "",
    restart: values.license.restartOperator,
    enforce: values.enforceSeats,
    killPreviews: values.killPreviews,
    catalog: values.applyCatalog,
  };
  const named = (name: string): string =>
    name.replace("{agent}", AGENT_NAME).replace("{license}", values.license.secretName);
  return ALL_RIGHTS.filter(({ when }) => on[when]).map((right) =>
    right.names === undefined ? right : { ...right, names: right.names.map(named) },
  );
};
