import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { deploy } from "./deployment.ts";
import { reported } from "./fleet.ts";
import type { Place, Server } from "./steps.ts";

/**
 * Deploys the default of the earlier release over that of this one, and then this one again, with the table's data and a live
 * session: a rollback, and the upgrade of a deployed earlier release. `earlier` is the folder of its code, `apiUrl` the address
 * that operators have.
 */
export const backAndForth = async (
  { work, check }: Place,
  { earlier, apiUrl, url, key }: Server & { earlier: string; apiUrl: string | undefined },
): Promise<void> => {
  const before = await reported(url, key);
  const session = await startSession({ url, key });
  for (const [name, root] of [
    ["the earlier release", earlier],
    ["this release again", undefined],
  ] as const) {
    const outputs = await deploy(work, {}, root);
    check(`${name}: its address`, outputs["ApiUrl"] === apiUrl, outputs["ApiUrl"] ?? "none");
    const after = await reported(url, key);
    check(`${name}: its report`, isDeepStrictEqual(after, before), `${after.sessions} sessions`);
    const live = await session.beat();
    check(`${name}: the live session`, live, live ? "continues" : "is gone");
  }
  await session.end();
  const { sessions } = await reported(url, key);
  check("the end of the live session", sessions === before.sessions + 1, `${sessions} sessions in the report`);
};

type LiveSession = {
  /** Sends a heartbeat. Returns whether the server lists the session. */
  beat(): Promise<boolean>;
  end(): Promise<void>;
};

/** Starts a session with what both releases understand. */
const startSession = async ({ url, key }: Server): Promise<LiveSession> => {
  const [instance_id, session_id] = [`verify-${randomUUID()}`, `verify-${randomUUID()}`];
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const headers = { "x-license-key": key, "content-type": "application/json" };
    const answer = await fetch(`${url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path} failed: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const now = () => new Date().toISOString();
  let seq = 0;
  const heartbeat = async (sessions: string[], ended: object[] = []): Promise<void> => {
    seq += 1;
    const operator = { instance_id, operator_version: "3.187.0", cluster_name: "verify-deploy" };
    await call("POST", "/api/v1/heartbeat", { ...operator, seq, sent_at: now(), sessions, ended });
  };
  await heartbeat([]);
  await call("POST", "/api/v1/sessions", {
    session_id,
    instance_id,
    started_at: now(),
    ci: false,
    client: { id: "verify-deploy", hostname: "laptop", username: "ana", kubernetes_username: "ana@example.com" },
    target: { namespace: "shop", kind: "deployment", name: "checkout" },
  });
  return {
    beat: async () => {
      await heartbeat([session_id]);
      const list = (await call("GET", "/api/v1/sessions")) as { sessions: { id: string }[] };
      return list.sessions.some(({ id }) => id === session_id);
    },
    end: () => heartbeat([], [{ session_id, ended_at: now(), reason: "stopped" }]),
  };
};
