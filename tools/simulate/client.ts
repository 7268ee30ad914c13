import type {
  HeartbeatResponse,
  LicensePostResponse,
  Problem,
  SessionEndResponse,
  SessionStartResponse,
  UsageReport,
} from "../../shared/contract/responses.ts";
import { ROUTES, type RouteName } from "../../shared/contract/routes.ts";
import { SECOND_MS } from "../../shared/contract/time.ts";
import type { Clock } from "./clock.ts";
import type { HeartbeatRequest, LicenseRequest, SessionEnd, SessionStart } from "./wire.ts";

/** The outcome of one call. `lost`: no answer arrived, so the server may or may not have handled the request. */
export type Outcome<T> =
  | { kind: "ok"; status: number; body: T }
  | { kind: "problem"; status: number; code: string; detail: string; retryAfterMs: number | undefined }
  | { kind: "lost"; detail: string };

export type Jwks = { keys: { kid?: string; kty: string }[] };

/** One finished call. `status` 0 stands for no answer. */
export type CallRecord = { route: RouteName; status: number; latencyMs: number };

export type ClientOptions = {
  /** The server's URL, with its path prefix if there is one. */
  url: string;
  licenseKey: string;
  fetch: typeof fetch;
  clock: Pick<Clock, "now">;
  /** Called after every call. */
  onCall?: (call: CallRecord) => void;
  timeoutMs?: number;
};

export type Client = {
  licensePost(body: LicenseRequest): Promise<Outcome<LicensePostResponse>>;
  /** `leaseToken` is presented instead of the license key where there is one. */
  heartbeat(body: HeartbeatRequest, leaseToken?: string): Promise<Outcome<HeartbeatResponse>>;
  sessionStart(body: SessionStart, leaseToken?: string): Promise<Outcome<SessionStartResponse>>;
  sessionEnd(sessionId: string, body: SessionEnd, leaseToken?: string): Promise<Outcome<SessionEndResponse>>;
  jwks(): Promise<Outcome<Jwks>>;
  usageReport(): Promise<Outcome<UsageReport>>;
};

/** The server's API as typed calls. Failures of server or network are an `Outcome`, not an exception. */
export const createClient = (options: ClientOptions): Client => {
  const { licenseKey } = options;
  const key = { "x-license-key": licenseKey };
  const credential = (leaseToken?: string): Record<string, string> =>
    leaseToken === undefined ? key : { authorization: `Bearer ${leaseToken}` };
  const post = <T>(
    route: RouteName,
    body: unknown,
    headers: Record<string, string>,
    id?: string,
  ): Promise<Outcome<T>> =>
    call<T>(options, route, id === undefined ? "" : encodeURIComponent(id), {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  return {
    licensePost: (body) => post("licensePost", body, key),
    heartbeat: (body, leaseToken) => post("heartbeat", body, credential(leaseToken)),
    sessionStart: (body, leaseToken) => post("sessionStart", body, credential(leaseToken)),
    sessionEnd: (sessionId, body, leaseToken) => post("sessionEnd", body, credential(leaseToken), sessionId),
    jwks: () => call(options, "jwks", "", { method: "GET" }),
    usageReport: () =>
      call(options, "usageReport", "", { method: "GET", headers: key }, "format=json&primary_key=machine_id"),
  };
};

const PATHS = new Map(ROUTES.map((route) => [route.name, route.path]));

const call = async <T>(
  options: ClientOptions,
  route: RouteName,
  id: string,
  init: RequestInit,
  query = "",
): Promise<Outcome<T>> => {
  const { clock, onCall, timeoutMs = 30_000 } = options;
  const path = (PATHS.get(route) ?? "").replace("{id}", id);
  const url = `${options.url.replace(/\/+$/, "")}${path}${query === "" ? "" : `?${query}`}`;
  const startedAt = clock.now();
  const finish = <O extends Outcome<T>>(outcome: O): O => {
    onCall?.({ route, status: outcome.kind === "lost" ? 0 : outcome.status, latencyMs: clock.now() - startedAt });
    return outcome;
  };
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    // A redirect leads to a stored report elsewhere, which must not get the license key.
    const answer = await options.fetch(url, { ...init, redirect: "manual", signal });
    const location = answer.status === 303 ? answer.headers.get("location") : null;
    const response = location === null ? answer : await options.fetch(new URL(location, url), { signal });
    return finish(outcomeOf<T>(response, await response.text(), clock.now()));
  } catch (error) {
    return finish({ kind: "lost", detail: reasonOf(error) });
  }
};

const outcomeOf = <T>(response: Response, text: string, now: number): Outcome<T> => {
  const { status } = response;
  const body = parseJson(text);
  if (response.ok && body !== undefined) return { kind: "ok", status, body: body as T };
  const problem = (typeof body === "object" && body !== null ? body : {}) as Partial<Problem>;
  const faults = (problem.errors ?? []).map(({ path, message }) => `${path} ${message}`).join("; ");
  return {
    kind: "problem",
    status,
    code: problem.code ?? `Http${status}`,
    detail: [problem.detail ?? `HTTP status ${status}`, faults].filter((part) => part !== "").join(": "),
    retryAfterMs: retryAfterMs(response.headers.get("retry-after"), now),
  };
};

/** Reads `Retry-After` in both of its forms, seconds and a date (RFC 9110, section 10.2.3). */
export const retryAfterMs = (header: string | null, now: number): number | undefined => {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * SECOND_MS;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

// The message of fetch is only "fetch failed"; its cause says what failed.
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
};
