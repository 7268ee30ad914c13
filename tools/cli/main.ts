import { setTimeout as sleep } from "node:timers/promises";
import { run } from "./run.ts";

// Whoever reads our output may stop reading, as `head` does: that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

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
