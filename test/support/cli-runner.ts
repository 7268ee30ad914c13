import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "../../tools/cli/run.ts";
import type { CliRequest, CliRun } from "./command-lines.ts";

/** Runs a command line in an environment and a folder of its own, and takes what it prints. */
const runOne = async ({ args, env, cwd }: CliRequest): Promise<CliRun> => {
  process.env = { ...env };
  process.chdir(cwd);
  const printed = { stdout: "", stderr: "" };
  // Some commands print to the process's own streams.
  for (const name of ["stdout", "stderr"] as const)
    process[name].write = (text: string | Uint8Array, ...rest: unknown[]) => {
      printed[name] += typeof text === "string" ? text : Buffer.from(text).toString();
      const done = rest.at(-1);
      if (typeof done === "function") process.nextTick(done);
      return true;
    };
  const { stdout, stderr } = process;
  const code = await run(args, {
    env: process.env,
    stdin: Readable.from([]),
    stdout,
    stderr,
    fetch,
    now: Date.now,
    sleep: async (milliseconds) => {
      await sleep(milliseconds);
    },
  });
  return { code, ...printed };
};

process.on("message", (request: CliRequest) => {
  void runOne(request).then(
    (ran) => process.send?.(ran),
    (error: unknown) => process.send?.({ code: null, stdout: "", stderr: String(error) } satisfies CliRun),
  );
});
