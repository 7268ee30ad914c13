import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { HEARTBEAT_LIMITS } from "../../shared/contract/requests.ts";
import { type OptionHelp, optionLines } from "../input/help.ts";
import { argumentFaults, variableFaults } from "../input/utf8.ts";
import type { Simulation } from "./run.ts";

export type Arguments =
  | { kind: "run"; simulation: Simulation; truthFile: string | undefined }
  | { kind: "help" }
  | { kind: "bad"; faults: string[] };

const SERVER: readonly OptionHelp[] = [
  ["--url <url>", "its URL, with its path prefix if there is one (required)"],
  ["--key <key>", "the license key; visible in process listings, prefer the environment variable LICENSE_KEY"],
  ["--credential <kind>", "key, or lease: send the lease token instead of the key once there is one (default key)"],
];

const TEAM: readonly OptionHelp[] = [
  ["--operators <n>", "clusters, each with an operator, 1-50 (default 3)"],
  ["--users <n>", "people with one to three machines each, 1-5000 (default 40)"],
  ["--ci-runners <n>", "machines that run CI around the clock, 0-500 (default a tenth of the users)"],
  ["--seed <text>", "the same seed gives the same team and the same days (default: a new one, printed)"],
];

const TIME: readonly OptionHelp[] = [
  ["--days <n>", "past days, 1-1800 (default 7)"],
  ["--live-seconds <n>", "work live for this long after the past days"],
  ["--live", "work live only, without past days"],
  ["--duration <time>", "how long --live lasts: 90, 90s, 15m, 2h (default 5m)"],
  ["--speed <n>", "work live this many times faster than people do, 1-10000 (default 1)"],
  ["--beat-seconds <n>", "interval between heartbeats (default: as the lease says)"],
  ["--end-calls <0..1>", "share of live ends that are sent in calls of their own, not in heartbeats (default 0.2)"],
  ["--batch <n>", `most events in one heartbeat, 1-${HEARTBEAT_LIMITS.ended} (default 250)`],
  [
    "--chaos <0..1>",
    "probability that an event is repeated, delayed or reordered, or an answer is dropped (default 0)",
  ],
];

const RESULT: readonly OptionHelp[] = [
  ["--truth <file>", "write what was sent to a JSON file"],
  ["--self-check", "compare the usage report with what was sent, for a server that was empty"],
  ["--baseline", "the same for a server with data: its report is read first"],
  ["--help", "show help"],
];

export const HELP = `Simulates a team of developers and its mirrord operators against a license server.

  npm run simulate -- --url http://127.0.0.1:8080 --key <license key> --days 7

By default it reports past days as sessions that have ended, in as few heartbeats as the limits allow: a week of usage in
seconds. Past sessions claim no seats. With --live, or --live-seconds after the past days, the team works now: it claims
seats, runs sessions and sends heartbeats. At the end it prints what was sent. The usage report should show the same.

Server
${optionLines(SERVER)}

Team
${optionLines(TEAM)}

Time
${optionLines(TIME)}

Result
${optionLines(RESULT)}

With --cluster <kubeconfig> it plays stock operators in Kubernetes instead, with options of its own: --cluster x --help.

Exit status: 0 success, 1 something was refused, lost or reported wrongly, 2 bad arguments.
`;

const OPTIONS = {
  url: { type: "string" },
  key: { type: "string" },
  credential: { type: "string" },
  operators: { type: "string" },
  users: { type: "string" },
  "ci-runners": { type: "string" },
  seed: { type: "string" },
  days: { type: "string" },
  "live-seconds": { type: "string" },
  live: { type: "boolean" },
  duration: { type: "string" },
  speed: { type: "string" },
  "beat-seconds": { type: "string" },
  "end-calls": { type: "string" },
  batch: { type: "string" },
  chaos: { type: "string" },
  truth: { type: "string" },
  "self-check": { type: "boolean" },
  baseline: { type: "boolean" },
  help: { type: "boolean" },
} as const satisfies ParseArgsOptionsConfig;

type Name = keyof typeof OPTIONS;

/** Reads the command line. Every bad argument is reported, without values that may be secret. */
export const readArguments = (args: readonly string[], env: NodeJS.ProcessEnv, newSeed: () => string): Arguments => {
  const { faults, text, flag } = tokenize(args);
  faults.push(...argumentFaults(args), ...variableFaults(env, ["LICENSE_KEY"]));
  if (flag("help")) return { kind: "help" };
  const number = numberReader(text, faults);
  const live = flag("live");
  const users = number("users", 40, 1, 5_000);
  const licenseKey = text("key") ?? env["LICENSE_KEY"] ?? "";
  if (licenseKey === "") faults.push("--key is required, or the environment variable LICENSE_KEY");
  for (const name of live ? (["days", "live-seconds"] as const) : (["duration"] as const)) {
    if (text(name) !== undefined) faults.push(live ? `--${name} does not go with --live` : `--${name} needs --live`);
  }
  const simulation: Simulation = {
    url: readUrl(text("url"), faults),
    licenseKey,
    seed: text("seed") ?? newSeed(),
    users,
    operators: number("operators", 3, 1, 50),
    ciRunners: number("ci-runners", Math.ceil(users / 10), 0, 500),
    days: live ? 0 : number("days", 7, 1, 1_800),
    liveSeconds: live ? readDuration(text("duration") ?? "5m", faults) : number("live-seconds", 0, 0, 7 * 24 * 3_600),
    speed: number("speed", 1, 1, 10_000, true),
    beatSeconds: text("beat-seconds") === undefined ? undefined : number("beat-seconds", 60, 0.1, 3_600, true),
    endCalls: number("end-calls", 0.2, 0, 1, true),
    chaos: number("chaos", 0, 0, 1, true),
    maxBatch: number("batch", 250, 1, Math.min(HEARTBEAT_LIMITS.started, HEARTBEAT_LIMITS.ended)),
    credential: readCredential(text("credential") ?? "key", faults),
    selfCheck: flag("baseline") ? "baseline" : flag("self-check") ? "empty" : "none",
  };
  return faults.length > 0 ? { kind: "bad", faults } : { kind: "run", simulation, truthFile: text("truth") };
};

type Tokens = {
  faults: string[];
  text: (name: Name) => string | undefined;
  flag: (name: Name) => boolean;
};

const tokenize = (args: readonly string[]): Tokens => {
  const faults: string[] = [];
  const values = new Map<string, string | true>();
  const { tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  let unknown = -2;
  for (const token of tokens) {
    // What follows an unknown option is most likely its value.
    if (token.kind === "positional" && token.index !== unknown + 1) faults.push(`"${token.value}" is not an option`);
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    if (!isName(name)) {
      faults.push(`${rawName} is not an option`);
      unknown = token.index;
    } else if (OPTIONS[name].type === "boolean") {
      if (value === undefined) values.set(name, true);
      else faults.push(`${rawName} takes no value`);
    } else if (value === undefined || value === "" || (!token.inlineValue && value.startsWith("--"))) {
      faults.push(`${rawName} needs a value`);
    } else values.set(name, value);
  }
  return {
    faults,
    text: (name) => {
      const value = values.get(name);
      return typeof value === "string" ? value : undefined;
    },
    flag: (name) => values.get(name) === true,
  };
};

const isName = (name: string): name is Name => Object.hasOwn(OPTIONS, name);

const numberReader =
  (text: Tokens["text"], faults: string[]) =>
  (name: Name, fallback: number, min: number, max: number, fractions = false): number => {
    const given = text(name);
    if (given === undefined) return fallback;
    const value = /^\d+(\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
    if (value >= min && value <= max && (fractions || Number.isInteger(value))) return value;
    faults.push(`--${name} must be a ${fractions ? "" : "whole "}number, ${min} to ${max}`);
    return fallback;
  };

const readUrl = (given: string | undefined, faults: string[]): string => {
  const url = given === undefined || !URL.canParse(given) ? undefined : new URL(given);
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "") return url.href;
  faults.push(given === undefined ? "--url is required" : "--url must be an http or https address without a query");
  return "";
};

const UNIT_SECONDS: Record<string, number> = { "": 1, s: 1, m: 60, h: 3_600 };

const readDuration = (given: string, faults: string[]): number => {
  const match = /^(\d{1,6})([smh]?)$/.exec(given);
  const seconds = Number(match?.[1]) * (UNIT_SECONDS[match?.[2] ?? ""] ?? 1);
  if (seconds > 0) return seconds;
  faults.push("--duration must be a time such as 90, 90s, 15m or 2h");
  return 0;
};

const readCredential = (given: string, faults: string[]): "key" | "lease" => {
  if (given === "key" || given === "lease") return given;
  faults.push("--credential must be key or lease");
  return "key";
};
