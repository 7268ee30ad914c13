import type { Problem } from "../../shared/contract/responses.ts";
import { isScope, ROUTES, type RouteName } from "../../shared/contract/routes.ts";
import type { Scope } from "../../shared/contract/scopes.ts";

export type Failure =
  /** The token is invalid or has expired. */
  | { kind: "unauthorized" }
  /** The token lacks the scope. */
  | { kind: "forbidden"; scope: Scope | undefined }
  /** A temporary failure: retry after the given time. */
  | { kind: "unavailable"; message: string; retryAfterSeconds: number; code?: string | undefined }
  /** A permanent failure; the server's log has details under the request's id. `faults` are those of the request's body. */
  | { kind: "failed"; message: string; status: number; requestId: string | undefined; faults: readonly Fault[] };

export type Fault = { path: string; message: string };

export type Outcome<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export type CallOptions = {
  id?: string;
  /** The values of a path's other variables. */
  path?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON. */
  body?: unknown;
  /** The version that a change replaces: an entity tag. */
  ifMatch?: string;
  signal?: AbortSignal;
};

/** Calls a route of the server by name. The value is the JSON of the contract, or undefined when the body is empty. */
export type Api = <T>(route: RouteName, options?: CallOptions) => Promise<Outcome<T>>;

export type ApiOptions = {
  /** The page's own address. The API is under the same path prefix. */
  pageUrl: string;
  token: string;
  fetch: typeof fetch;
  /** How long to wait for the response headers. */
  timeoutMs?: number;
};

const DEFAULT_RETRY_SECONDS = 5;

/** Longer than API Gateway's limit of 30 s for a function: no response starts after that. */
const TIMEOUT_MS = 40_000;

/**
 * The server's API with an access token. Every response and every network error is an outcome; only an aborted call throws.
 *
 * A report that is too large for a response is a 303 to a link in the bucket. Fetch follows it without the token, because the
 * bucket is another origin (Fetch standard, "HTTP-redirect fetch"). A presigned link requires that.
 */
export const createApi =
  ({ pageUrl, token, fetch, timeoutMs = TIMEOUT_MS }: ApiOptions): Api =>
  async <T>(name: RouteName, options: CallOptions = {}): Promise<Outcome<T>> => {
    const { method } = routeOf(name);
    const controller = new AbortController();
    const abort = () => controller.abort();
    const timer = setTimeout(abort, timeoutMs);
    options.signal?.addEventListener("abort", abort);
    if (options.signal?.aborted === true) abort();
    try {
      const response = await fetch(urlOf(pageUrl, name, options), {
        method,
        headers: { authorization: `Bearer ${token}`, accept: "application/json", ...headersOf(options) },
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
        credentials: "omit",
        cache: "no-store",
        signal: controller.signal,
      });
      // The timeout is for the headers only: a large report can take long on a slow connection.
      clearTimeout(timer);
      return response.ok ? await success<T>(response) : { ok: false, failure: await failureOf(response, name) };
    } catch (error) {
      if (options.signal?.aborted === true) throw error;
      const message = controller.signal.aborted ? "The server did not respond in time." : "Cannot reach the server.";
      return { ok: false, failure: { kind: "unavailable", message, retryAfterSeconds: DEFAULT_RETRY_SECONDS } };
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", abort);
    }
  };

const headersOf = ({ body, ifMatch }: CallOptions): Record<string, string> => ({
  ...(body === undefined ? {} : { "content-type": "application/json" }),
  ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
});

/** The scope that a route requires; undefined when it requires none. */
export const scopeOf = (name: RouteName): Scope | undefined => routeOf(name).auth.find(isScope);

const routeOf = (name: RouteName): (typeof ROUTES)[number] => {
  const route = ROUTES.find((candidate) => candidate.name === name);
  if (route === undefined) throw new Error(`unknown route ${name}`);
  return route;
};

/** The address of a route. The page is at `…/dashboard`, so paths relative to it start at the server's path prefix. */
export const urlOf = (
  pageUrl: string,
  name: RouteName,
  { id, path: variables = {}, query = {} }: CallOptions,
): string => {
  const path = routeOf(name).path.replace(/\{(\w+)\}/g, (_variable, each: string) =>
    encodeURIComponent((each === "id" ? id : undefined) ?? variables[each] ?? ""),
  );
  const url = new URL(path.slice(1), pageUrl.replace(/\/+([?#].*)?$/, ""));
  url.hash = "";
  for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, value);
  return url.href;
};

const success = async <T>(response: Response): Promise<Outcome<T>> => {
  const text = await response.text();
  return { ok: true, value: (text === "" ? undefined : JSON.parse(text)) as T };
};

const failureOf = async (response: Response, name: RouteName): Promise<Failure> => {
  const { status } = response;
  if (status === 401) return { kind: "unauthorized" };
  const problem = await problemOf(response);
  const message = messageOf(problem) || `The server returned status ${status}.`;
  if (status === 403 && !response.redirected) return { kind: "forbidden", scope: scopeOf(name) };
  if (status === 429 || status === 502 || status === 503 || status === 504) {
    return { kind: "unavailable", message, retryAfterSeconds: retryAfterOf(response), code: problem.code };
  }
  return { kind: "failed", message, status, requestId: problem.request_id, faults: problem.errors ?? [] };
};

const problemOf = async (response: Response): Promise<Partial<Problem>> => {
  try {
    return (JSON.parse(await response.text()) ?? {}) as Partial<Problem>;
  } catch {
    return {};
  }
};

const messageOf = ({ detail, errors = [] }: Partial<Problem>): string =>
  [detail, ...errors.map(({ path, message }) => `${path} ${message}`)].filter(Boolean).join("; ");

// The server sends seconds. A proxy may send a date instead (RFC 9110, section 10.2.3): then the default applies.
const retryAfterOf = (response: Response): number => {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 300) : DEFAULT_RETRY_SECONDS;
};
