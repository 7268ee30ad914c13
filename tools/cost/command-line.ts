import { parseArgs } from "node:util";
import { argumentFaults } from "../input/utf8.ts";
import { DEFAULT_TEAM, type Team } from "./estimate.ts";

export type CommandLine =
  | { kind: "help" }
  | { kind: "bad"; faults: string[] }
  /** `config` is the path of a deploy configuration; without one, the defaults. */
  | { kind: "run"; team: Team; config: string | undefined };

type NumberField = keyof Team;

const FIELDS: Readonly<Record<string, { field: NumberField; about: string; least: number; whole: boolean }>> = {
  operators: { field: "operators", about: "operators that run all month", least: 0, whole: true },
  users: { field: "users", about: "users, each with a seat", least: 0, whole: true },
  "sessions-per-day": { field: "sessionsPerDay", about: "sessions on a working day", least: 0, whole: true },
  "working-days": { field: "workingDays", about: "working days a month", least: 0, whole: true },
  "heartbeat-seconds": { field: "heartbeatSeconds", about: "seconds between two heartbeats", least: 10, whole: true },
  reports: { field: "reportsPerMonth", about: "usage reports", least: 0, whole: true },
  months: { field: "months", about: "months of sessions in the table", least: 0, whole: true },
  processes: { field: "processes", about: "warm processes of the heartbeat function", least: 1, whole: true },
  slowness: { field: "slowness", about: "factor for the assumed milliseconds", least: 0.1, whole: false },
};

export const HELP = `Estimates the monthly cost of a deployment. docs/cost.md explains how.

  npm run cost -- [options]

${Object.entries(FIELDS)
  .map(([name, { field, about }]) => [`  --${name} N`.padEnd(25), about, `(${DEFAULT_TEAM[field]})`].join(" "))
  .join("\n")}
  --config FILE           the deploy configuration (defaults)
`;

/** Reads the arguments. All faults are reported at once. */
export const parseCostArguments = (args: readonly string[]): CommandLine => {
  const numbers = Object.fromEntries(Object.keys(FIELDS).map((name) => [name, { type: "string" as const }]));
  const damaged = argumentFaults(args);
  if (damaged.length > 0) return { kind: "bad", faults: damaged };
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { ...numbers, config: { type: "string" }, help: { type: "boolean" } },
    });
    const { config, help, ...given } = values as Record<string, string | boolean | undefined>;
    if (help === true) return { kind: "help" };
    const team: Team = { ...DEFAULT_TEAM };
    const faults = Object.entries(given).flatMap(([name, text]) => setNumber(team, name, String(text)));
    return faults.length > 0
      ? { kind: "bad", faults }
      : { kind: "run", team, config: typeof config === "string" ? config : undefined };
  } catch (error) {
    // The messages of parseArgs about unknown options and missing values are written for users.
    return { kind: "bad", faults: [(error as Error).message] };
  }
};

const setNumber = (team: Team, name: string, text: string): string[] => {
  const known = FIELDS[name];
  if (known === undefined) return [];
  const { field, least, whole } = known;
  const value = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least) || (whole && !Number.isInteger(value)))
    return [`--${name} must be a ${whole ? "whole " : ""}number of at least ${least}`];
  team[field] = value;
  return [];
};
