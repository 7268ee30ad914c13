import { expect } from "vitest";
import type { FunctionName } from "../../shared/contract/functions.ts";
import { liveList, operatorKey, sessionKey } from "../../shared/contract/keys.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/contract/time.ts";
import { digestOf, storedDigest } from "../../shared/operators/live-set.ts";
import { type SessionRecord, sessionRecord } from "../../shared/sessions/record.ts";
import type { Table } from "../../shared/store/table.ts";
import type { App } from "./app.ts";
import { expectSoundTable } from "./table-truth.ts";
import { clientOf, endBody, heartbeatBody, type Json, startBody } from "./wire.ts";

/** Longer than an operator may be silent before it is given up. */
export const GONE_MS = 49 * HOUR_MS;

export const REAPED_NOTHING = { lost: 0, operators: 0, left: 0, failed: 0 };

/** Faults for the reaper alone: those who ask it to come in the way see the table as it is. */
export const aroundReaper =
  (around: (table: Table) => Table) =>
  (table: Table, functionName?: FunctionName): Table =>
    functionName === "reaper" ? around(table) : table;

/** An operator that says what it is told to. Its heartbeats count themselves. */
export const operatorOf = (app: App, instanceId = "op-1") => {
  let seq = 0;
  const post = async (path: string, body: Json): Promise<Json> => {
    const { status, text, json } = await app.call("POST", path, { body });
    expect(status, text).toBeLessThan(300);
    return json;
  };
  const startOf = (id: string, user: string): Json =>
    startBody(app.clock.now, { session_id: id, instance_id: instanceId, client: clientOf(user) });
  const beats = (sessions: readonly string[], changes: Json = {}) => {
    seq += 1;
    const body = heartbeatBody(app.clock.now, { instance_id: instanceId, seq, sessions, ...changes });
    return post("/api/v1/heartbeat", body);
  };
  return {
    instanceId,
    beats,
    /** A session of a user of its own. */
    starts: (id: string, changes: Json = {}) =>
      post("/api/v1/sessions", { ...startOf(id, `user-of-${id}`), ...changes }),
    ends: (id: string, endedAt = app.clock.now) =>
      post(`/api/v1/sessions/${encodeURIComponent(id)}/end`, endBody(endedAt)),
    /** Many CI sessions start, each of a user of its own unless they are all of one. */
    startsAll: (ids: readonly string[], user?: string) =>
      beats(ids, { started: ids.map((id) => ({ ...startOf(id, user ?? `user-of-${id}`), ci: true })) }),
  };
};

/** An operator with running CI sessions that has just become gone for good. */
export const goneOperator = async (app: App, sessions: readonly string[], instanceId = "op-1", user?: string) => {
  const operator = operatorOf(app, instanceId);
  await operator.startsAll(sessions, user);
  app.clock.now += MINUTE_MS;
  await operator.beats(sessions);
  app.clock.now += GONE_MS;
  return operator;
};

/** What the server holds of a session. */
export const sessionOf = async (app: App, id: string): Promise<SessionRecord> => {
  const item = await app.table.get(sessionKey(id), { consistent: true });
  if (item === undefined) throw new Error(`no session ${id}`);
  return sessionRecord(item);
};

/** When an operator's item expires, in epoch seconds; undefined where it does not. */
export const expiryOf = async (app: App, instanceId = "op-1"): Promise<unknown> =>
  (await app.table.get(operatorKey(instanceId), { consistent: true }))?.["expiresAt"];

/** How many sessions the usage report counts, of people and of CI together, and their time. */
export const reportedUsage = async (app: App): Promise<{ sessions: number; seconds: number }> => {
  const { json } = await app.call("GET", "/api/v1/reports/usage?format=json");
  const { totalSessionCount, totalCiSessionCount, totalSessionTimeSeconds } = json.allTimeMetrics;
  return { sessions: totalSessionCount + totalCiSessionCount, seconds: totalSessionTimeSeconds };
};

/** Asserts that the digest of an operator is that of the sessions that are live there. */
export const expectDigestOfLive = async (app: App, instanceId = "op-1"): Promise<void> => {
  const item = await app.table.get(operatorKey(instanceId), { consistent: true });
  expect(storedDigest(item)).toEqual(digestOf(await liveAt(app, instanceId)));
};

const liveAt = async (app: App, instanceId: string): Promise<string[]> => {
  const items = await app.table.query({ partition: liveList(instanceId), index: true });
  return items.map((item) => sessionRecord(item).sessionId).sort();
};

/**
 * Asserts that the table is sound and that an operator, where it is back, comes to agree with it: after two heartbeats,
 * of which the first may reconcile, exactly what it lists is live, and the digest is that of the list.
 */
export const expectAgreement = async (
  app: App,
  operator: ReturnType<typeof operatorOf>,
  running: readonly string[],
): Promise<void> => {
  for (let beat = 0; beat < 2; beat += 1) {
    app.clock.now += MINUTE_MS;
    await operator.beats(running);
  }
  await expectSoundTable(app);
  expect(await liveAt(app, operator.instanceId)).toEqual([...running].sort());
  await expectDigestOfLive(app, operator.instanceId);
  expect(await expiryOf(app, operator.instanceId)).toBeUndefined();
};
