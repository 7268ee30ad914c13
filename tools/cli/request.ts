import type { RouteName } from "../../shared/contract/routes.ts";
import { SECOND_MS } from "../../shared/contract/time.ts";
import { CliError, EXIT } from "./exit.ts";
import { foreignError, problemError, routeOf } from "./problem.ts";
import type { System } from "./system.ts";
import { safe } from "./text.ts";

export type Query = Readonly<Record<string, string | number | undefined>>;
export type Call = {
  id?: string;
  /** The values of a path's other variables. */
  path?: Readonly<Record<string, string>>;
  query?: Query;
  accept?: string;
  /** Sent as JSON. */
  body?: unknown;
  /** The version that a change replaces: an entity tag. */
  ifMatch?: string;
};

/** Sends a request of a route and returns its successful answer. */
export type Send = (route: RouteName, call?: Call) => Promise<Response>;

/** The credential header for a route; empty where it needs none. */
export type Credential = (route: RouteName) => Promise<Readonly<Record<string, string>>>;

/** Longer than the 30 s after which API Gateway gives up. */
const TIMEOUT_MS = 35 * SECOND_MS;
const DOWNLOAD_TIMEOUT_MS = 600 * SECOND_MS;
const TRIES = 3;
const MAX_WAIT_SECONDS = 5;

/**
 * Sends requests to a server. A 429, or a 503 with Retry-After, is retried a few times: every route called from here can be
 * repeated. A 303 is followed without the credential, which is for the server only. The calls throw a CliError for any other
 * answer; `whereUnreachable` is the advice if there is no answer.
 */
export const sender = (
  url: string,
  credential: Credential,
  system: Pick<System, "fetch" | "sleep">,
  whereUnreachable?: string,
): Send => {
  const once = async (route: RouteName, call: Call): Promise<Response> => {
    const { method, path } = routeOf(route);
    const headers = { ...(await credential(route)), ...headersOf(call) };
    const at = `${url}${pathOf(path, call)}${queryText(call.query ?? {})}`;
    const sent = call.body === undefined ? {} : { body: JSON.stringify(call.body) };
    const answer = await reach(
      at,
      () => system.fetch(at, { method, headers, ...sent, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) }),
      whereUnreachable,
    );
    const location = answer.status === 303 ? answer.headers.get("location") : null;
    if (location === null) return answer;
    const link = new URL(location, at).href;
    return reach(link, () => system.fetch(link, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) }));
  };
  return async (route, call = {}) => {
    for (let tries = 1; ; tries += 1) {
      const answer = await once(route, call);
      if (answer.ok && !isPage(answer)) return answer;
      if (answer.ok) throw foreignError(`${answer.status}, text/html`);
      const waitSeconds = waitOf(answer);
      const body = await bodyOf(answer);
      if (waitSeconds === undefined || tries === TRIES || isLasting(body))
        throw problemError(answer.status, body, routeOf(route), answer.headers.get("location"));
      await system.sleep(waitSeconds * SECOND_MS);
    }
  };
};

/** The whole text of an answer. @throws CliError where it breaks off */
export const bodyOf = async (answer: Response): Promise<string> => {
  try {
    return await answer.text();
  } catch (error) {
    throw new CliError(EXIT.unavailable, `The connection broke during the answer: ${safe(reasonOf(error))}`);
  }
};

// Commands never request the server's own page, so this one is a proxy's, for example to sign in.
const isPage = ({ headers }: Response): boolean => /^text\/html\b/i.test(headers.get("content-type") ?? "");

const headersOf = ({ accept, body, ifMatch }: Call): Record<string, string> => ({
  ...(accept === undefined ? {} : { accept }),
  ...(body === undefined ? {} : { "content-type": "application/json" }),
  ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
});

const pathOf = (template: string, { id, path = {} }: Call): string =>
  template.replace(/\{(\w+)\}/g, (_variable, name: string) =>
    encodeURIComponent((name === "id" ? id : undefined) ?? path[name] ?? ""),
  );

const queryText = (query: Query): string => {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? "" : `?${parameters}`;
};

const waitOf = ({ status, headers }: Response): number | undefined => {
  if (status !== 429 && status !== 503) return undefined;
  const after = headers.get("retry-after") ?? (status === 429 ? "1" : "");
  return /^\d+$/.test(after) ? Math.min(Number(after), MAX_WAIT_SECONDS) : undefined;
};

// Waiting a few seconds does not bring a license that is missing or damaged.
const isLasting = (body: string): boolean => /"code":\s*"License/.test(body);

const reach = async (url: string, call: () => Promise<Response>, otherwise?: string): Promise<Response> => {
  try {
    return await call();
  } catch (error) {
    const reason = reasonOf(error);
    const advice = adviceOf(error) ?? otherwise;
    throw new CliError(
      EXIT.unavailable,
      `${new URL(url).origin} cannot be reached: ${safe(reason)}`,
      ...(advice === undefined ? [] : [`  ${advice}`]),
    );
  }
};

const WITHOUT_TLS = "ERR_SSL_WRONG_VERSION_NUMBER";
const UNKNOWN_AUTHORITY = /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET_ISSUER|VERIFY)_.*)$/;

const codeOf = (error: unknown): string => {
  const { cause } = error instanceof Error ? error : { cause: undefined };
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" ? code : "";
};

/** What to do about a connection that failed; undefined where nothing is known. */
export const adviceOf = (error: unknown): string | undefined => {
  const code = codeOf(error);
  if (code === WITHOUT_TLS) return "Is it an http:// address?";
  return UNKNOWN_AUTHORITY.test(code)
    ? "If the certificate is from your own authority, set NODE_EXTRA_CA_CERTS to a file with the authority's certificate."
    : undefined;
};

/** What failed. The message of `fetch` does not say; its cause does, or its causes if it tried several addresses. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer in time";
  // The library's own message is a line of its source.
  if (codeOf(error) === WITHOUT_TLS) return "the server does not use TLS";
  // Node appends advice on how to run Node.
  if (UNKNOWN_AUTHORITY.test(codeOf(error)) && error.cause instanceof Error)
    return error.cause.message.split(";")[0] ?? error.cause.message;
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors.length > 0)
    return cause.errors.map((each: unknown) => (each instanceof Error ? each.message : String(each))).join("; ");
  return cause instanceof Error && cause.message !== "" ? cause.message : error.message;
};
