import { randomUUID } from "node:crypto";
import { runAgent } from "./agent.ts";
import { readAuthority } from "./kube/authority.ts";
import { createLog } from "./log.ts";
import { readSettings, VARIABLES } from "./settings.ts";
import { createTransport } from "./transport.ts";
import { WAITS } from "./waits.ts";
import { systemClock } from "./wire/clock.ts";

const USAGE = `Usage: agent [--write]

Reports the sessions of a stock mirrord operator to the license server.

  --write  outside a pod: allow the settings that change the cluster

Environment:
${Object.entries(VARIABLES)
  .map(([name, meaning]) => `  ${name.padEnd(20)} ${meaning}`)
  .join("\n")}
`;

const main = async (args: readonly string[]): Promise<number> => {
  if (args.includes("--help")) {
    process.stdout.write(USAGE);
    return 0;
  }
  const unknown = args.filter((arg) => arg !== "--write").map((arg) => `Unknown argument ${arg}. See --help.`);
  const { now } = systemClock;
  const settings = readSettings(process.env, { write: args.includes("--write") });
  const authority = await readAuthority(process.env, now);
  const faults = [
    ...unknown,
    ...(settings.kind === "faulty" ? settings.faults : []),
    ...(authority.kind === "faulty" ? authority.faults : []),
  ];
  if (settings.kind === "faulty" || authority.kind === "faulty" || faults.length > 0) {
    process.stderr.write(faults.map((fault) => `${fault}\n`).join(""));
    return 2;
  }
  const log = createLog(settings.settings.logLevel, (line) => process.stdout.write(`${line}\n`), now);
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());
  process.once("uncaughtException", (error) => {
    log.error("The agent failed", { error: error.stack });
    process.exit(1);
  });
  const end = await runAgent(
    {
      ...{ settings: settings.settings, authority: authority.authority, clock: systemClock, waits: WAITS, log },
      fetch: await createTransport(settings.settings.proxy),
      random: { next: Math.random },
      newId: randomUUID,
    },
    stop.signal,
  );
  if (end.kind === "stopped") {
    log.info("The agent stopped");
    return 0;
  }
  log.error(end.detail);
  return 1;
};

process.exitCode = await main(process.argv.slice(2));
// A connection that is kept alive must not keep the process.
process.exit();
