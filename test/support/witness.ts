import { expect } from "vitest";
import type { HeartbeatRequest, SessionEnd, SessionEnded, SessionStart } from "../../agent/wire/bodies.ts";
import { formatTime } from "../../shared/contract/time.ts";
import type { App } from "./app.ts";
import type { Model, Told, ToldStart } from "./reference-model.ts";
import type { PrimaryKey } from "./reference-model-report.ts";
import type { Arrival } from "./small-operator.ts";

/**
 * Takes every request that arrives at the server to the reference model as well, and checks the server's answer against
 * what the model says of it. Answers of 5xx say nothing.
 */
export const witness =
  (model: Model) =>
  ({ path, body, answer, now }: Arrival): void => {
    if (answer.status >= 500) return;
    if (path === "/api/v1/heartbeat") seeHeartbeat(model, body as unknown as HeartbeatRequest, answer.json, now);
    else if (path === "/api/v1/license") model.register(String(body["instance_id"]));
    else if (path === "/api/v1/sessions") seeStart(model, body as unknown as SessionStart, answer, now);
    else seeEndCall(model, decodeURIComponent(path.split("/")[4] ?? ""), body as unknown as SessionEnd, answer, now);
  };

const seeEndCall = (model: Model, id: string, end: SessionEnd, answer: Arrival["answer"], now: number): void => {
  const outcome = seeEnd(model, { ...end, session_id: id }, end.start, { now, sentAt: at(end.sent_at) });
  expect(answer.status, `end of ${id}: ${answer.text}`).toBe(outcome === "ended" ? 200 : 404);
  if (outcome === "ended") expect(answer.json.duration_secs, `duration of ${id}`).toBe(seconds(model, id));
};

const seeStart = (model: Model, body: SessionStart, answer: Arrival["answer"], now: number): void => {
  const known = model.session(body.session_id);
  if (known !== undefined && known.instance !== body.instance_id && answer.json.code === "SessionConflict") return;
  const outcome = model.start(told(body), { now, sentAt: at(body.sent_at) }, "ask");
  const expected = {
    created: [201, undefined],
    again: [200, undefined],
    denied: [403, "MaxSeatCountReached"],
    over: [409, "SessionEnded"],
  }[outcome];
  expect([answer.status, answer.json.code], `start of ${body.session_id}: ${answer.text}`).toEqual(expected);
};

type Verdicts = {
  accepted: string[];
  rejected: { session_id: string; code: string }[];
  denied: { session_id: string }[];
  list?: string;
};

const seeHeartbeat = (model: Model, body: HeartbeatRequest, answer: Verdicts, now: number): void => {
  const when = { now, sentAt: at(body.sent_at) };
  const list = model.beat(body.instance_id, body.seq, body.sessions ?? [], when);
  expect(answer.list ?? "taken", `the list of heartbeat ${body.seq}`).toBe(list);
  const rejected = new Map(answer.rejected.map(({ session_id, code }) => [session_id, code]));
  const denied = new Set(answer.denied.map(({ session_id }) => session_id));
  const ended = new Map((body.ended ?? []).map((end) => [end.session_id, end]));
  const starts = new Map((body.started ?? []).map((start) => [start.session_id, start]));
  const isAnothers = (id: string): boolean => (model.session(id)?.instance ?? body.instance_id) !== body.instance_id;
  for (const [id, start] of starts) {
    if (ended.has(id) || (rejected.get(id) === "SessionConflict" && isAnothers(id))) continue;
    const outcome = model.start(told(start), when, "tell");
    if (outcome === "over") {
      expect([id, rejected.get(id)]).toEqual([id, "SessionEnded"]);
      continue;
    }
    expect([id, denied.has(id), answer.accepted.includes(id)]).toEqual([
      id,
      outcome === "denied",
      outcome !== "denied",
    ]);
  }
  for (const [id, end] of ended) {
    // Live under an instance that may be alive: it stays its teller's to send again.
    if (!answer.accepted.includes(id) && !rejected.has(id) && isAnothers(id)) continue;
    const outcome = seeEnd(model, end, end.start ?? starts.get(id), when);
    expect([id, answer.accepted.includes(id), rejected.get(id)]).toEqual(
      outcome === "ended" ? [id, true, undefined] : [id, false, "NotFound"],
    );
  }
};

const seeEnd = (model: Model, end: SessionEnded, start: SessionStart | undefined, when: Told) =>
  model.end(end.session_id, at(end.ended_at), when, start && told(start));

const told = (body: SessionStart): ToldStart => ({
  id: body.session_id,
  instance: body.instance_id,
  person: {
    machineId: body.client?.id ?? "",
    kubernetesUsername: body.client?.kubernetes_username ?? "",
    clientUsername: body.client?.username ?? "",
    clientHostname: body.client?.hostname ?? "",
  },
  target: { namespace: body.target.namespace, kind: body.target.kind, name: body.target.name },
  ci: body.ci ?? false,
  startedAt: at(body.started_at),
});

const at = (text: string | undefined): number => Date.parse(text ?? "");

const seconds = (model: Model, id: string): number => {
  const { startedAt = 0, endedAt = 0 } = model.session(id) ?? {};
  return Math.floor((endedAt - startedAt) / 1_000);
};

const PRIMARY_KEYS: readonly PrimaryKey[] = ["machine_id", "username", "client_username", "client_hostname"];

export type Period = { from?: number | undefined; to?: number | undefined };

/** Asserts that the server's usage report of a period is the model's, whoever counts as a user. */
export const expectReport = async (app: App, model: Model, { from, to }: Period): Promise<void> => {
  const range = {
    ...(from !== undefined && { from: formatTime(from) }),
    ...(to !== undefined && { to: formatTime(to) }),
  };
  for (const primaryKey of PRIMARY_KEYS) {
    const query = new URLSearchParams({ format: "json", primary_key: primaryKey, ...range }).toString();
    const { status, text, json } = await app.call("GET", `/api/v1/reports/usage?${query}`);
    expect(status, text).toBe(200);
    const { generalMetrics, allTimeMetrics, ciMetrics, userMetrics, targetMetrics, activity } = json;
    expect(
      {
        activeUsers: generalMetrics.activeUsers,
        allTimeMetrics,
        totalCiSessions: ciMetrics.totalCiSessions,
        avgCiSessionDurationSeconds: ciMetrics.avgCiSessionDurationSeconds,
        // The model does not follow which sessions ran without a seat; the tests of denials do.
        userMetrics: userMetrics.map(
          ({ deniedSessionCount: _denied, displayName: _name, machine: _machine, ...user }: Record<string, unknown>) =>
            user,
        ),
        targetMetrics,
        activity,
      },
      `the report of ${query}`,
    ).toEqual(model.report({ from, to, primaryKey }, app.clock.now));
  }
};

/** Asserts that the server counts the seats that the model does. */
export const expectSeats = async (app: App, model: Model): Promise<void> => {
  const { json } = await app.call("GET", "/api/v1/seats");
  expect({ used: json.used, overage: json.overage }, "seats").toEqual(model.seats(app.clock.now));
};
