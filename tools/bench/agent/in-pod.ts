import { randomUUID } from "node:crypto";
import { runAgent } from "../../../agent/agent.ts";
import { readAuthority } from "../../../agent/kube/authority.ts";
import { createLog } from "../../../agent/log.ts";
import { readSettings } from "../../../agent/settings.ts";
import { createTransport } from "../../../agent/transport.ts";
import { WAITS } from "../../../agent/waits.ts";
import { systemClock } from "../../../agent/wire/clock.ts";

// The agent as it runs in a pod: the folder of its service account is the argument, not the place where a pod has it. With a
// kubeconfig it would load Kubernetes' client, which takes 40 MiB.
const [folder = ""] = process.argv.slice(2);
const { now } = systemClock;
const settings = readSettings(process.env, { write: false });
const authority = await readAuthority(process.env, now, folder);
if (settings.kind === "faulty" || authority.kind === "faulty") throw new Error(JSON.stringify([settings, authority]));
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());
const log = createLog(settings.settings.logLevel, (line) => process.stdout.write(`${line}\n`), now);
await runAgent(
  {
    ...{ settings: settings.settings, authority: authority.authority, clock: systemClock, waits: WAITS, log },
    fetch: await createTransport(settings.settings.proxy),
    random: { next: Math.random },
    newId: randomUUID,
  },
  stop.signal,
);
process.exit();
