import { randomUUID } from "node:crypto";
import { formatTime } from "../../../shared/contract/time.ts";
import type { Release, World } from "./world.ts";

/**
 * Kills a session of the earlier release through the current one. The earlier release does not know such requests, so the
 * request waits while the operator sends heartbeats to it. The first heartbeat to the current release must deliver it.
 */
export const checkKill = async (world: World): Promise<string[]> => {
  const instance = `kill-${randomUUID()}`;
  const session = `kill-${randomUUID()}`;
  let seq = 0;
  const beat = async (release: Release["name"], sessions: string[], ended: object[] = []): Promise<HeartbeatAnswer> => {
    seq += 1;
    const body = {
      instance_id: instance,
      operator_version: "3.187.0",
      cluster_name: "kill",
      seq,
      sent_at: formatTime(Date.now()),
      sessions,
      ended,
    };
    return (await post(world, release, "/api/v1/heartbeat", body)) as HeartbeatAnswer;
  };
  await beat("earlier", []);
  await post(world, "earlier", "/api/v1/sessions", {
    session_id: session,
    instance_id: instance,
    started_at: formatTime(Date.now()),
    ci: true,
    client: { id: "kill", hostname: "runner", username: "ci", kubernetes_username: "ci" },
    target: { namespace: "kill", kind: "deployment", name: "kill" },
  });
  await beat("earlier", [session]);
  await send(world, "current", "DELETE", `/api/v1/sessions/${session}`);
  const ignored = await beat("earlier", [session]);
  const delivered = await beat("current", [session]);
  const end = { session_id: session, ended_at: formatTime(Date.now()), reason: "stopped" };
  const over = await beat("earlier", [], [end]);
  return [
    ...(ignored.terminate?.includes(session) ? ["the earlier release delivers kills: this check is out of date"] : []),
    ...(delivered.terminate.includes(session) ? [] : ["heartbeats to the earlier release lose a kill"]),
    ...(over.accepted.includes(session) ? [] : ["the end of a killed session was not accepted"]),
  ];
};

type HeartbeatAnswer = { terminate: string[]; accepted: string[] };

const post = (world: World, release: Release["name"], path: string, body: object): Promise<unknown> =>
  send(world, release, "POST", path, body);

const send = async (
  world: World,
  release: Release["name"],
  method: string,
  path: string,
  body?: object,
): Promise<unknown> => {
  const response = await fetch(`${world[release].server.url}${path}`, {
    method,
    headers: {
      "x-license-key": world.licenseKey,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok)
    throw new Error(`${method} ${path} of the ${release} release: ${response.status} ${await response.text()}`);
  return JSON.parse((await response.text()) || "{}");
};
