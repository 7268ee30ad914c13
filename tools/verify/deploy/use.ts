import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { EVENT_SOURCE } from "../../../shared/contract/event-items.ts";
import { REQUEST_EXAMPLES } from "../../../shared/contract/examples.ts";
import { watchBus } from "./bus.ts";
import { carry, endOfStream } from "./carry.ts";
import { aws } from "./command.ts";
import { type Outputs, STACKS } from "./deployment.ts";
import { functionId, resourcesOf } from "./stacks.ts";
import type { Webhook } from "./webhook.ts";

const ISSUE = "ABC-1";

/**
 * Lets one session start and end at a deployed server with events and reports to Jira. Returns the types of the events that
 * arrived on the bus, and what the webhook received.
 */
export const useEvents = async (
  { url, key, outputs, work }: { url: string; key: string; outputs: Outputs; work: string },
  webhook: Webhook,
): Promise<{ onBus: string[]; posted: string[] }> => {
  const service = await resourcesOf(STACKS.service);
  await trust(functionId(service, "jira"), webhook, work);
  const busName = outputs["EventBusName"] ?? "";
  const bus = await watchBus(busName, EVENT_SOURCE);
  try {
    const from = await endOfStream(outputs["TableStreamArn"] ?? "");
    await runSession(url, key);
    await carry(from, functionId(service, "events"), busName);
    const onBus = await until(bus.read, (types) => types.includes("session.ended"));
    const posted = await until(
      async () => webhook.received,
      (bodies) => bodies.some((body) => body.includes(ISSUE)),
    );
    return { onBus, posted };
  } finally {
    await bus.close();
  }
};

/** Makes the function that calls the webhook trust the certificate of a webhook on this machine. */
const trust = async (functionName: string, { authority }: Webhook, work: string): Promise<void> => {
  const path = join(work, "webhook-ca.pem");
  writeFileSync(path, authority);
  const of = ["--function-name", functionName];
  const { Environment: has } = await aws<{ Environment: { Variables: Record<string, string> } }>(
    "lambda",
    "get-function-configuration",
    ...of,
  );
  const environment = JSON.stringify({ Variables: { ...has.Variables, NODE_EXTRA_CA_CERTS: path } });
  await aws("lambda", "update-function-configuration", ...of, "--environment", environment);
};

const runSession = async (url: string, key: string): Promise<void> => {
  const session_id = `verify-${randomUUID()}`;
  const now = new Date().toISOString();
  const times = { started_at: new Date(Date.now() - 300_000).toISOString(), sent_at: now };
  const start = { ...REQUEST_EXAMPLES.sessionStart, ...times, session_id, branch: `feature/${ISSUE}` };
  const end = { ...REQUEST_EXAMPLES.sessionEnd, ended_at: now, sent_at: now };
  for (const [path, body] of [
    ["/api/v1/sessions", start],
    [`/api/v1/sessions/${session_id}/end`, end],
  ] as const) {
    const headers = { "x-license-key": key, "content-type": "application/json" };
    const answer = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path} failed: ${answer.status} ${await answer.text()}`);
  }
};

const PATIENCE_MS = 60_000;
const PAUSE_MS = 1_000;

/** What was read until it was enough, or until a minute has passed. */
const until = async (
  read: () => Promise<readonly string[]>,
  enough: (found: readonly string[]) => boolean,
): Promise<string[]> => {
  const end = Date.now() + PATIENCE_MS;
  const found = new Set<string>();
  for (;;) {
    for (const one of await read()) found.add(one);
    if (enough([...found]) || Date.now() > end) return [...found];
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
};
