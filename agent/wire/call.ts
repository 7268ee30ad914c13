import type { Problem } from "../../shared/contract/responses.ts";
import { ROUTES, type RouteName } from "../../shared/contract/routes.ts";
import { SECOND_MS } from "../../shared/contract/time.ts";
import type { Clock } from "./clock.ts";
import { parseJson } from "./json.ts";

/** The outcome of one call. `lost`: no answer arrived, so the server may or may not have handled the request. */
export type Outcome<T> =
  | { kind: "ok"; status: number; body: T; etag?: string }
  | {
      kind: "problem";
      status: number;
      code: string;
      detail: string;
      retryAfterMs: number | undefined;
      /** The answer's `Date`, in epoch milliseconds. */
      date: number | undefined;
    }
  | { kind: "lost"; detail: string };

/** One finished call. `status` 0 means that no answer arrived. */
export type CallRecord = { route: RouteName; status: number; latencyMs: number };

/** What a call needs of `fetch`. The global one serves, and so does one that takes less memory. */
export type Fetch = (
  url: string | URL,
  init: { method?: string; headers?: Record<string, string>; body?: string; redirect?: "manual"; signal: AbortSignal },
) => Promise<Fetched>;

export type Fetched = {
  status: number;
  ok: boolean;
  headers: { get(name: string): string | null };
  text(): Promise<string>;
};

export type CallOptions = {
  /** The server's URL, with its path prefix if there is one. */
  url: string;
  fetch: Fetch;
  clock: Pick<Clock, "now">;
  /** Called after every call. */
  onCall?: (call: CallRecord) => void;
  timeoutMs?: number;
};

export type Request = {
  route: RouteName;
  /** Replaces `{id}` in the route's path. */
  id?: string;
  query?: string;
  headers?: Record<string, string>;
  /** Sent as JSON in a POST. Without it, the request is a GET. */
  body?: unknown;
};

const PATHS = new Map(ROUTES.map((route) => [route.name, route.path]));

/** Makes one call of the API. Failures of the server or the network are an `Outcome`, not an exception. */
export const call = async <T>(options: CallOptions, request: Request): Promise<Outcome<T>> => {
  const { clock, onCall, timeoutMs = 30_000 } = options;
  const { route, query } = request;
  const path = (PATHS.get(route) ?? "").replace("{id}", encodeURIComponent(request.id ?? ""));
  const url = `${options.url.replace(/\/+$/, "")}${path}${query === undefined ? "" : `?${query}`}`;
  const startedAt = clock.now();
  const finish = <O extends Outcome<T>>(outcome: O): O => {
    onCall?.({ route, status: outcome.kind === "lost" ? 0 : outcome.status, latencyMs: clock.now() - startedAt });
    return outcome;
  };
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    // A redirect of a GET leads to a stored report elsewhere, which must not get the credential. No other one is followed.
    const answer = await options.fetch(url, { ...initOf(request), redirect: "manual", signal });
    const location = answer.status === 303 && request.body === undefined ? answer.headers.get("location") : null;
    const response = location === null ? answer : await options.fetch(new URL(location, url), { signal });
    return finish(outcomeOf<T>(response, await response.text(), clock.now()));
  } catch (error) {
    return finish({ kind: "lost", detail: reasonOf(error) });
  }
};

const initOf = ({ headers = {}, body }: Request) =>
  body === undefined
    ? { method: "GET", headers }
    : { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) };

const outcomeOf = <T>(response: Fetched, text: string, now: number): Outcome<T> => {
  const { status } = response;
  const body = parseJson(text);
  const etag = response.headers.get("etag");
  if (response.ok && body !== undefined)
    return { kind: "ok", status, body: body as T, ...(etag === null ? {} : { etag }) };
  const problem = (typeof body === "object" && body !== null ? body : {}) as Partial<Problem>;
  const faults = (problem.errors ?? []).map(({ path, message }) => `${path} ${message}`).join("; ");
  const date = Date.parse(response.headers.get("date") ?? "");
  return {
    kind: "problem",
    status,
    code: typeof problem.code === "string" ? problem.code : `Http${status}`,
    detail: [typeof problem.detail === "string" ? problem.detail : `HTTP status ${status}`, faults]
      .filter((part) => part !== "")
      .join(": "),
    retryAfterMs: retryAfterMs(response.headers.get("retry-after"), now),
    date: Number.isNaN(date) ? undefined : date,
  };
};

/** Reads `Retry-After` in both of its forms, seconds and a date (RFC 9110, section 10.2.3). */
export const retryAfterMs = (header: string | null, now: number): number | undefined => {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * SECOND_MS;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
};

// The message of fetch is only "fetch failed"; its cause says what failed.
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
};

/** A failed outcome in a line of text. */
export const describe = (outcome: Outcome<unknown>): string => {
  if (outcome.kind === "problem") return `${outcome.status} ${outcome.code}: ${outcome.detail}`;
  return outcome.kind === "lost" ? `no answer (${outcome.detail})` : "answered";
};
