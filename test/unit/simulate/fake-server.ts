import { exportJWK, generateKeyPair, SignJWT } from "jose";
import * as v from "valibot";
import type { HeartbeatRequest } from "../../../agent/wire/bodies.ts";
import { matchRoute } from "../../../shared/contract/match-route.ts";
import {
  Client,
  HEARTBEAT_LIMITS,
  HeartbeatBody,
  SessionEndBody,
  SessionEndEvent,
  SessionStartBody,
} from "../../../shared/contract/requests.ts";
import type { HeartbeatResponse, SessionStartResponse, UsageReport } from "../../../shared/contract/responses.ts";
import { DAY_MS, type EpochMs, formatTime } from "../../../shared/contract/time.ts";
import { buildUsageReport } from "../../../shared/reports/usage-report.ts";
import type { UsageRow } from "../../../shared/usage/row.ts";

type Start = v.InferOutput<typeof SessionStartBody> & { client: v.InferOutput<typeof Client> };
type Session = { start: Start; endedAt: number | undefined };

export type FakeServer = {
  fetch: typeof fetch;
  sessions: Map<string, Session>;
  /** Every heartbeat received, also those whose answer was spoilt. */
  beats: HeartbeatRequest[];
  calls: string[];
  /** Called before each request is served: an answer returned here is given instead. */
  intercept: (route: string) => Response | undefined;
  /** Called after each request was served: true loses the answer. */
  losesAnswer: (route: string) => boolean;
  /** How many events of one heartbeat are worked off before the deadline. */
  eventsPerBeat: number;
  terminate: Set<string>;
  /** Seats that the next heartbeat's answer calls lost. */
  seatsLost: string[];
  forget(sessionId: string): void;
};

export const FINGERPRINT = "k3yFingerprint";
const LICENSE_KEY = "test-key";

/** A license server of the contract's words, in memory, with strict seats. */
export const createFakeServer = async (options: { maxSeats: number; now: () => number }): Promise<FakeServer> => {
  const { publicKey, privateKey } = await generateKeyPair("EdDSA");
  const jwk = { ...(await exportJWK(publicKey)), kid: "one", alg: "EdDSA", use: "sig" };
  const seats = new Set<string>();
  const bodies: Record<string, (body: unknown, id: string) => Promise<Response> | Response> = {
    jwks: () => json(200, { keys: [jwk] }),
    licensePost: async (body) => {
      const { instance_id, nonce } = body as { instance_id: string; nonce: string };
      const license = { pem: "-", fingerprint: FINGERPRINT, seat_tracking_mode: "ClientCertificate", status: "valid" };
      return json(200, {
        license,
        lease: await lease(instance_id, nonce),
        seq: 0,
        server_time: formatTime(options.now()),
      });
    },
    heartbeat: (body) => heartbeat(body),
    sessionStart: (body) => {
      const start = startIn(body);
      if (!claim(start)) return problem(403, "MaxSeatCountReached");
      const known = server.sessions.get(start.session_id);
      if (known === undefined) server.sessions.set(start.session_id, { start, endedAt: undefined });
      const until = formatTime(options.now() + 30 * DAY_MS);
      const answer: SessionStartResponse = {
        session_id: start.session_id,
        seat: start.ci
          ? null
          : { id: `seat-${start.client.id}`, claimed_at: formatTime(options.now()), held_until: until, overage: false },
        seats: { used: seats.size, max: options.maxSeats, available: options.maxSeats - seats.size },
      };
      return json(known === undefined ? 201 : 200, answer);
    },
    usageReport: () => json(200, reportOf(server.sessions.values(), options.now())),
    sessionEnd: (body, id) => {
      const event = endIn(SessionEndBody, body);
      return end(id, event) ? json(200, { session_id: id, duration_secs: 0 }) : problem(404, "NotFound");
    },
  };

  const lease = async (instanceId: string, nonce: string | undefined) => {
    const expiresAt = Math.floor((options.now() + DAY_MS) / 1_000);
    const token = await new SignJWT({ license_fingerprint: FINGERPRINT, ...(nonce === undefined ? {} : { nonce }) })
      .setProtectedHeader({ alg: "EdDSA", typ: "lease+jwt", kid: "one" })
      .setIssuer("test")
      .setAudience("mirrord-operator")
      .setSubject(instanceId)
      .setExpirationTime(expiresAt)
      .sign(privateKey);
    return { token, expires_at: formatTime(expiresAt * 1_000), heartbeat_interval_secs: 60 };
  };

  const claim = ({ ci, client }: Start): boolean => {
    if (ci || seats.has(client.id)) return true;
    if (seats.size >= options.maxSeats) return false;
    seats.add(client.id);
    return true;
  };

  const end = (id: string, { ended_at, start }: { ended_at: EpochMs; start?: Start | undefined }): boolean => {
    const known = server.sessions.get(id) ?? (start === undefined ? undefined : { start, endedAt: undefined });
    if (known === undefined) return false;
    server.sessions.set(id, { start: known.start, endedAt: known.endedAt ?? ended_at });
    return true;
  };

  const heartbeat = async (body: unknown): Promise<Response> => {
    const request = v.parse(HeartbeatBody, body);
    server.beats.push(body as HeartbeatRequest);
    const answer: HeartbeatResponse = {
      lease: await lease(request.instance_id, request.nonce),
      license: { fingerprint: FINGERPRINT, status: "valid" },
      seats: null,
      accepted: [],
      rejected: [],
      denied: [],
      terminate: [],
      unknown: [],
      conflict: [],
      seats_lost: [],
      seq: request.seq,
      list: request.sessions === undefined ? "absent" : "taken",
      server_time: formatTime(options.now()),
    };
    let budget = server.eventsPerBeat;
    for (const started of request.started ?? []) {
      if (budget-- <= 0) break;
      const start = startIn(started);
      if (!server.sessions.has(start.session_id)) server.sessions.set(start.session_id, { start, endedAt: undefined });
      if (claim(start)) answer.accepted.push(start.session_id);
      else answer.denied.push({ session_id: start.session_id, code: "MaxSeatCountReached" });
    }
    for (const ended of request.ended ?? []) {
      if (budget-- <= 0) break;
      const { session_id, ...event } = endIn(SessionEndEvent, ended);
      if (end(session_id, event)) answer.accepted.push(session_id);
      else answer.rejected.push({ session_id, code: "NotFound", detail: "its start is unknown" });
    }
    const { sessions = [] } = request;
    answer.unknown = sessions.filter((id) => !server.sessions.has(id));
    answer.seats_lost = server.seatsLost.splice(0);
    answer.terminate = sessions.filter((id) => server.terminate.has(id));
    return json(200, answer);
  };

  const server: FakeServer = {
    sessions: new Map(),
    beats: [],
    calls: [],
    intercept: () => undefined,
    losesAnswer: () => false,
    eventsPerBeat: Number.POSITIVE_INFINITY,
    terminate: new Set(),
    seatsLost: [],
    forget: (sessionId) => void server.sessions.delete(sessionId),
    fetch: async (input, init) => {
      const match = matchRoute((init?.method ?? "GET") as string, decodeURIComponent(new URL(String(input)).pathname));
      if (!match.found) return problem(404, "NotFound");
      const { name, auth } = match.route;
      server.calls.push(name);
      const headers = new Headers(init?.headers);
      const credential =
        headers.get("x-license-key") === LICENSE_KEY || headers.get("authorization")?.startsWith("Bearer ");
      if (auth.length > 0 && credential !== true) return problem(401, "Unauthorized");
      const spoilt = server.intercept(name);
      if (spoilt !== undefined) return spoilt;
      const text = String(init?.body ?? "null");
      if (Buffer.byteLength(text) > HEARTBEAT_LIMITS.bytes) return problem(413, "PayloadTooLarge");
      const answer = (await bodies[name]?.(JSON.parse(text), match.id ?? "")) ?? problem(404, "NotFound");
      if (server.losesAnswer(name)) throw new TypeError("fetch failed");
      return answer;
    },
  };
  return server;
};

const reportOf = (sessions: Iterable<Session>, now: EpochMs): UsageReport => {
  const rows = [...sessions].flatMap(({ start, endedAt }) => (endedAt === undefined ? [] : [rowOf(start, endedAt)]));
  const people = rows.filter(({ ci }) => !ci);
  const seconds = people.reduce((sum, row) => sum + row.seconds, 0);
  return buildUsageReport({
    show: (identifier) => identifier,
    rows,
    allTime: { sessions: people.length, seconds, ciSessions: rows.length - people.length, previewSessions: 0 },
    license: { maxSeats: null, type: "enterprise" },
    primaryKey: "machine_id",
    period: { from: undefined, to: now },
    now,
    running: { ci: 0, preview: 0 },
    peaks: null,
    runPeaks: new Map(),
    showTrigger: (trigger) => trigger,
    names: { person: (name) => name, machine: (name) => name, machineId: (id) => id },
    operator: undefined,
  });
};

// The simulator sends no preview environments, so every start has a client.
const startIn = (body: unknown): Start => ({
  ...v.parse(SessionStartBody, body),
  client: v.parse(v.object({ client: Client }), body).client,
});

const endIn = <T extends object>(schema: v.GenericSchema<unknown, T>, body: unknown): T & { start?: Start } => {
  const { start } = body as { start?: unknown };
  return { ...v.parse(schema, body), ...(start === undefined ? {} : { start: startIn(start) }) };
};

const rowOf = ({ client, target, ci, started_at }: Start, endedAt: EpochMs): UsageRow => ({
  machineId: client.id,
  kubernetesUsername: client.kubernetes_username,
  clientUsername: client.username,
  clientHostname: client.hostname,
  namespace: target.namespace,
  targetKind: target.kind,
  targetName: target.name,
  ci,
  sessions: 1,
  seconds: Math.trunc((endedAt - started_at) / 1_000),
  firstStart: started_at,
  lastEnd: endedAt,
});

export const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });

export const problem = (status: number, code: string, headers: Record<string, string> = {}): Response =>
  json(status, { type: "about:blank", title: code, status, code, detail: `${code}.`, request_id: "r" }, headers);

/** A clock that moves only when it is slept on, or told to. */
export const createTestClock = (start: number) => {
  let time = start;
  return {
    now: () => time,
    sleep: async (ms: number): Promise<void> => {
      time += Math.max(0, ms);
    },
    advance: (ms: number): void => {
      time += ms;
    },
  };
};

export const FRIDAY_NOON = Date.parse("2026-11-20T12:00:00Z");
export const KEY = LICENSE_KEY;
