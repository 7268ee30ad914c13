import type { Problem } from "../../shared/contract/responses.ts";
import { isScope, ROUTES, type RouteName } from "../../shared/contract/routes.ts";
import type { Scope } from "../../shared/contract/scopes.ts";

export type Failure =
  /** The token is wrong or has expired. */
  | { kind: "unauthorized" }
  /** The token is good, but not for this. */
  | { kind: "forbidden"; scope: Scope | undefined }
  /** It may work in a while. */
  | { kind: "unavailable"; message: string; retryAfterSeconds: number; code?: string | undefined }
  /** It will not work by itself; the server's log has more under the request's id. */
  | { kind: "failed"; message: string; status: number; requestId: string | undefined };

export type Outcome<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export type CallOptions = {
  id?: string;
  query?: Readonly<Record<string, string | undefined>>;
  signal?: AbortSignal;
};

/** Calls a route of the server by its name; its JSON is what the contract says, and undefined where there is no body. */
export type Api = <T>(route: RouteName, options?: CallOptions) => Promise<Outcome<T>>;

export type ApiOptions = {
  /** The page's own address: the API lies beside it, whatever prefix both stand under. */
  pageUrl: string;
  token: string;
  fetch: typeof fetch;
  /** After how long without the beginning of an answer a call is given up. */
  patienceMs?: number;
};

const DEFAULT_RETRY_SECONDS = 5;

/** More than the 30 s that API Gateway gives a function: what has not begun to answer by then never will. */
const PATIENCE_MS = 40_000;

/**
 * The server's API with an access token. Every answer, a lost connection included, is an outcome; only a call that was
 * given up throws.
 *
 * A report that is too large for an answer comes as a 303 to a link in the bucket. Fetch follows it and, since that is
 * another origin, leaves the token out (Fetch standard, "HTTP-redirect fetch"), as the link needs.
 */
export const createApi =
  ({ pageUrl, token, fetch, patienceMs = PATIENCE_MS }: ApiOptions): Api =>
  async <T>(name: RouteName, options: CallOptions = {}): Promise<Outcome<T>> => {
    const { method } = routeOf(name);
    const stop = new AbortController();
    const giveUp = () => stop.abort();
    const timer = setTimeout(giveUp, patienceMs);
    options.signal?.addEventListener("abort", giveUp);
    if (options.signal?.aborted === true) giveUp();
    try {
      const response = await fetch(urlOf(pageUrl, name, options), {
        method,
        headers: { authorization: `Bearer ${token}`, accept: "application/json" },
        credentials: "omit",
        cache: "no-store",
        signal: stop.signal,
      });
      // A large report may take long to come over a slow line.
      clearTimeout(timer);
      return response.ok ? await success<T>(response) : { ok: false, failure: await failureOf(response, name) };
    } catch (error) {
      if (options.signal?.aborted === true) throw error;
      const message = stop.signal.aborted ? "The server did not answer in time." : "The server cannot be reached.";
      return { ok: false, failure: { kind: "unavailable", message, retryAfterSeconds: DEFAULT_RETRY_SECONDS } };
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", giveUp);
    }
  };

/** The scope that opens a route, where one does. */
export const scopeOf = (name: RouteName): Scope | undefined => routeOf(name).auth.find(isScope);

const routeOf = (name: RouteName): (typeof ROUTES)[number] => {
  const route = ROUTES.find((one) => one.name === name);
  if (route === undefined) throw new Error(`there is no route ${name}`);
  return route;
};

/** The page stands at `…/dashboard`, so what is relative to it begins where the server's paths begin. */
export const urlOf = (pageUrl: string, name: RouteName, { id, query = {} }: CallOptions): string => {
  const path = routeOf(name).path.replace("{id}", encodeURIComponent(id ?? ""));
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
  const message = messageOf(problem) || `The server answered ${status}.`;
  if (status === 403 && !response.redirected) return { kind: "forbidden", scope: scopeOf(name) };
  if (status === 429 || status === 502 || status === 503 || status === 504) {
    return { kind: "unavailable", message, retryAfterSeconds: retryAfterOf(response), code: problem.code };
  }
  return { kind: "failed", message, status, requestId: problem.request_id };
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

// The server sends seconds. A moment (RFC 9110, section 10.2.3), which something in between may send, counts as the default.
const retryAfterOf = (response: Response): number => {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 300) : DEFAULT_RETRY_SECONDS;
};
