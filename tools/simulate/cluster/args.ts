import { parseArgs } from "node:util";
import { type OptionHelp, optionLines } from "../../input/help.ts";
import { argumentFaults } from "../../input/utf8.ts";
import type { OperatorGeneration } from "./operator-api/answer.ts";
import type { ClusterSimulation } from "./run.ts";
import { STOCK_WAITS } from "./stage.ts";

export type ClusterArguments =
  | { kind: "run"; kubeconfigs: string[]; simulation: ClusterSimulation; truthFile: string | undefined }
  | { kind: "help" }
  | { kind: "bad"; faults: string[] };

const GENERATIONS: readonly OperatorGeneration[] = ["current", "no-list", "decimal", "no-sessions"];

const OPTIONS: readonly OptionHelp[] = [
  [
    "--cluster <kubeconfig>",
    "a cluster, by the path of an administrator's kubeconfig; repeat it for more clusters (required)",
  ],
  ["--users <n>", "people, 1-5000 (default 40)"],
  ["--ci-runners <n>", "machines that run CI, 0-500 (default a tenth of the users)"],
  ["--sessions <n>", "sessions in all, 1-100000 (default 100)"],
  ["--duration <seconds>", "in how much time, 5-86400 (default 120)"],
  ["--min-length <seconds>", "the shortest session, 1-86400 (default 5)"],
  ["--max-length <seconds>", "the longest session, 1-86400 (default 120)"],
  ["--restarts <n>", "restarts of each operator, which end its sessions as StateLost, 0-100 (default 1)"],
  ["--operator <age>", `how the operator answers: ${GENERATIONS.join(", ")} (default current)`],
  ["--unused-ttl <seconds>", "from the client's last connection to the close, 1-3600 (default 30)"],
  ["--keep <seconds>", "how long a deleted object is kept, 0-3600 (default 60)"],
  ["--setup-deadline <seconds>", "for the first connection, 1-3600 (default 180)"],
  ["--seed <text>", "the same seed gives the same plan (default: a new one, printed)"],
  ["--truth <file>", "write the truth to a file, not to the output"],
  ["--help", "show help"],
];

export const CLUSTER_HELP = `Plays stock mirrord operators in clusters: writes their objects in real time and serves their API.

  npm run simulate -- --cluster primary.kubeconfig --cluster member.kubeconfig --sessions 200 --duration 120

It installs its definitions of mirrord's objects, an APIService and namespaces. Use a cluster without a mirrord operator. The first
cluster is the primary of multi-cluster sessions. At the end it prints the truth as JSON: sums, and each session.

${optionLines(OPTIONS)}
`;

/** Reads the command line of a cluster simulation. Returns all faults at once. */
export const readClusterArguments = (args: readonly string[], newSeed: () => string): ClusterArguments => {
  const faults = argumentFaults(args);
  const read = parse(args);
  if (typeof read === "string") return { kind: "bad", faults: [...faults, read] };
  const { values } = read;
  if (values.help === true) return { kind: "help" };
  const number = (name: NumberName, fallback: number, min: number, max: number): number => {
    const given = values[name];
    if (given === undefined) return fallback;
    const value = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
    if (value >= min && value <= max) return value;
    faults.push(`--${name} must be a whole number, ${min} to ${max}`);
    return fallback;
  };
  const kubeconfigs = values.cluster ?? [];
  if (kubeconfigs.length === 0) faults.push("--cluster is required: the path of a kubeconfig");
  const generation = GENERATIONS.find((name) => name === (values.operator ?? "current"));
  if (generation === undefined) faults.push(`--operator must be one of ${GENERATIONS.join(", ")}`);
  const users = number("users", 40, 1, 5_000);
  const simulation: ClusterSimulation = {
    seed: values.seed ?? newSeed(),
    users,
    ciRunners: number("ci-runners", Math.ceil(users / 10), 0, 500),
    sessions: number("sessions", 100, 1, 100_000),
    durationSeconds: number("duration", 120, 5, 86_400),
    minLengthSeconds: number("min-length", 5, 1, 86_400),
    maxLengthSeconds: number("max-length", 120, 1, 86_400),
    restarts: number("restarts", 1, 0, 100),
    generation: generation ?? "current",
    waits: {
      ...STOCK_WAITS,
      unusedMs: number("unused-ttl", 30, 1, 3_600) * 1_000,
      keepMs: number("keep", 60, 0, 3_600) * 1_000,
      setupMs: number("setup-deadline", 180, 1, 3_600) * 1_000,
    },
  };
  if (simulation.minLengthSeconds > simulation.maxLengthSeconds)
    faults.push("--min-length must not exceed --max-length");
  return faults.length > 0
    ? { kind: "bad", faults }
    : { kind: "run", kubeconfigs, simulation, truthFile: values.truth };
};

const TEXT = { type: "string" } as const;
const NUMBERS = [
  "users",
  "ci-runners",
  "sessions",
  "duration",
  "min-length",
  "max-length",
  "restarts",
  "unused-ttl",
  "keep",
  "setup-deadline",
] as const;
type NumberName = (typeof NUMBERS)[number];

/** The values, or what is wrong with the arguments. */
const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        cluster: { type: "string", multiple: true },
        ...(Object.fromEntries(NUMBERS.map((name) => [name, TEXT])) as Record<NumberName, typeof TEXT>),
        operator: TEXT,
        seed: TEXT,
        truth: TEXT,
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    // parseArgs writes its errors about unknown options and missing values for users.
    return (error as Error).message;
  }
};
