import { type LocalServer, startLocalServer } from "./server.ts";
import { readSettings } from "./settings.ts";
import { StartError } from "./start-error.ts";

let server: LocalServer | undefined;
let stopping = false;

// The engine ends with this process, so a second Ctrl-C, or one during the start, need not wait.
const stop = (): void => {
  if (stopping || server === undefined) process.exit(1);
  stopping = true;
  server.close().then(() => process.exit(0), fail);
};

const fail = (error: unknown): never => {
  const text = error instanceof StartError ? error.message : `failed: ${error instanceof Error ? error.stack : error}`;
  process.stderr.write(`${text}\n`);
  process.exit(1);
};

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);

// Do not start a server for --help or for a setting that was given as an option.
const [option] = process.argv.slice(2);
if (option !== undefined) {
  const isHelp = option === "--help" || option === "-h";
  const text = "npm start has no options. Environment variables configure it: see docs/local.md.\n";
  (isHelp ? process.stdout : process.stderr).write(isHelp ? text : `Unknown option ${JSON.stringify(option)}: ${text}`);
  process.exit(isHelp ? 0 : 2);
}

const reading = readSettings(process.env);
if (!reading.ok) fail(new StartError(reading.problems));
else {
  if (process.stdout.isTTY) process.stdout.write("Starting the license server …\n");
  server = await startLocalServer({ settings: reading.settings }).catch(fail);
  process.stdout.write(`\n${server.instructions}\n`);
  const failure = await server.failed;
  if (!stopping) fail(failure);
}
