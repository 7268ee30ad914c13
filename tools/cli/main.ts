import { setTimeout as sleep } from "node:timers/promises";
import { EXIT } from "./exit.ts";
import { run } from "./run.ts";

// The reader of our output may stop reading, as `head` does: not a failure. A full disk is one.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(`license-server: Cannot write to standard output: ${error.code ?? error.message}\n`);
  process.exit(EXIT.failed);
});
// Without standard error, the exit status still reports the failure.
process.stderr.on("error", () => undefined);

const { env, stdin, stdout, stderr } = process;
process.exitCode = await run(process.argv.slice(2), {
  env,
  stdin,
  stdout,
  stderr,
  fetch,
  now: Date.now,
  sleep: async (milliseconds) => {
    await sleep(milliseconds);
  },
});
