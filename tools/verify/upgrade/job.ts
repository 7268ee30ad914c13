import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { invocationContext } from "../../local/context.ts";

// Runs a bundled job of any release once, in this process's environment: `node job.ts <bundle> <seconds> <minutes>`. Its
// clock is ahead by the minutes.
const [bundle = "", seconds = "", minutes = ""] = process.argv.slice(2);
const { now } = Date;
Date.now = () => now() + Number(minutes) * 60_000;
const { handler } = createRequire(import.meta.url)(bundle) as {
  handler: (event: unknown, context: unknown) => Promise<unknown>;
};
const deadline = performance.now() + Number(seconds) * 1_000;
const context = invocationContext("reaper", randomUUID(), () => deadline - performance.now());
process.stdout.write(`${JSON.stringify(await handler({}, context))}\n`);
