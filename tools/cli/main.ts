import { setTimeout as sleep } from "node:timers/promises";
import { EXIT } from "./exit.ts";
import { run } from "./run.ts";

// Whoever reads our output may stop reading, as `head` does: that is no failure. A full disk is one.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(`license-server: standard output could not be written: ${error.code ?? error.message}\n`);
  process.exit(EXIT.failed);
});
// With nobody to hear what goes wrong, the exit status still tells.
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
