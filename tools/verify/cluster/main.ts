import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type OptionHelp, optionLines } from "../../input/help.ts";
import type { Check, Size } from "./check.ts";
import { checkCounting } from "./counting.ts";
import { checkSeats } from "./seats.ts";

const OPTIONS: readonly OptionHelp[] = [
  ["--short", "two minutes of sessions, for developers; the default is five minutes, as .ci/run does it"],
  ["--programs <folder>", "kube-apiserver and etcd; .ci/verify-cluster.sh sets it"],
  ["--seed <text>", "repeats the plan and the kills of a run"],
  ["--only <counting|seats>", "one of the two parts"],
  ["--logs <folder>", "keeps the logs there"],
  ["--help", "show help"],
];

const HELP = `Runs agents in real Kubernetes clusters against the license server, under kills at random.

${optionLines(OPTIONS)}
`;

const FULL: Size = {
  users: 200,
  ciRunners: 20,
  sessions: 1_500,
  durationSeconds: 300,
  minLengthSeconds: 5,
  maxLengthSeconds: 120,
  restarts: 2,
  unusedSeconds: 30,
  keepSeconds: 60,
  killEverySeconds: 75,
  beatSeconds: 10,
};
const SHORT: Size = {
  ...FULL,
  users: 60,
  ciRunners: 6,
  sessions: 250,
  durationSeconds: 120,
  maxLengthSeconds: 30,
  restarts: 1,
  unusedSeconds: 8,
  killEverySeconds: 25,
};

const { values } = parseArgs({
  options: {
    programs: { type: "string" },
    seed: { type: "string", default: process.env["SEED"] ?? String(Date.now()) },
    only: { type: "string" },
    logs: { type: "string" },
    short: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const main = async (): Promise<number> => {
  if (values.help || values.programs === undefined) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  const folder = values.logs ?? mkdtempSync(join(tmpdir(), "verify-cluster-"));
  const began = performance.now();
  const faults: string[] = [];
  const check: Check = {
    programs: values.programs,
    seed: values.seed,
    size: values.short ? SHORT : FULL,
    say: (line) => console.log(`${String(Math.round((performance.now() - began) / 1_000)).padStart(4)} s  ${line}`),
    fault: (line) => {
      faults.push(line);
      console.error(`FAULT  ${line}`);
    },
  };
  check.say(`seed ${values.seed}: --seed ${values.seed} repeats the plan and the kills`);
  if (values.logs === undefined) process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  if (values.only !== "seats") await checkCounting(check, join(folder, "counting"));
  if (values.only !== "counting") await checkSeats(check, join(folder, "seats"));
  check.say(faults.length === 0 ? "no faults" : `${faults.length} faults`);
  return faults.length === 0 ? 0 : 1;
};

// So that the daemons end with it, and not after it.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
process.exitCode = await main();
// What still waits for something that is stopped.
process.exit();
