import type { Problem } from "../../shared/contract/responses.ts";
import { ROUTES, type Route, type RouteName } from "../../shared/contract/routes.ts";
import { CliError, EXIT, exitOf } from "./exit.ts";
import { safe } from "./text.ts";

/** The route of a name. */
export const routeOf = (name: RouteName): Route => {
  const route = ROUTES.find((each) => each.name === name);
  if (route === undefined) throw new Error(`no route is called ${name}`);
  return route;
};

/** The error of an answer. `faults` are those of the request's body, as the server names their paths. */
export class ProblemError extends CliError {
  readonly status: number;
  readonly faults: readonly Fault[];

  constructor(status: number, faults: readonly Fault[], ...lines: readonly string[]) {
    super(exitOf(status), ...lines);
    this.status = status;
    this.faults = faults;
  }
}

export type Fault = { path: string; message: string };

/** The error for an answer that is one: what is wrong, every fault, and the request id for the server's log. */
export const problemError = (
  status: number,
  body: string,
  route: Route,
  location: string | null = null,
): ProblemError => {
  const problem = problemIn(body);
  const code = problem.code === undefined ? "" : ` ${problem.code}`;
  return new ProblemError(
    status,
    problem.errors ?? [],
    `${safe(problem.detail ?? problem.message ?? "The server answered with an error")} (${status}${safe(code)})`,
    ...(problem.errors ?? []).map(({ path, message }) => `  ${safe(path)}: ${safe(message)}`),
    ...(problem.request_id === undefined ? [] : [`  request id: ${safe(problem.request_id)}`]),
    ...(location === null ? [] : [`  It redirects to ${safe(originOf(location))}. ${RIGHT_URL}`]),
    ...hints(status, route),
  );
};

const RIGHT_URL = "Is this the URL of a license server, with its path prefix?";

/** The error for a successful answer that is not a license server's, such as the sign-in page of a proxy. */
export const foreignError = (what: string): CliError =>
  new CliError(
    EXIT.unavailable,
    `The answer is not from a license server of this version: ${safe(what)}`,
    `  ${RIGHT_URL}`,
  );

// Its parameters may be secret.
const originOf = (location: string): string => (URL.canParse(location) ? new URL(location).origin : "another path");

const CATALOG_HINTS: readonly (readonly [path: string, hint: string])[] = [
  ["/api/v1/catalog/{kind}/{name}/restore", "  To list the generations: license-server policy history NAME"],
  [
    "/api/v1/catalog/{kind}",
    "  To list the names: license-server policy ls, or profile ls. With a namespace: NAMESPACE/NAME.",
  ],
  ["/api/v1/catalog/prune", "  To list the clusters: license-server policy status"],
];

const hints = (status: number, { auth, method, path }: Route): string[] => {
  // Without a variable in the path, the URL itself must be wrong. A body may name what does not exist.
  if (status === 404 && method !== "POST" && !path.includes("{")) return [`  ${RIGHT_URL}`];
  if (status === 412)
    return ["  To see the other change: license-server policy diff, or policy get. Then run this command again."];
  if (status === 404)
    return CATALOG_HINTS.filter(([start]) => path.startsWith(start))
      .map(([, hint]) => hint)
      .slice(0, 1);
  if (status !== 403) return [];
  const scope = auth.find((credential) => credential.includes(":"));
  if (scope === undefined) return [];
  return [
    "  With --stack-prefix (AWS) or --data-dir (local) this command makes its own token.",
    `  Or use --token-file with a token from: license-server token create --scopes ${scope}`,
  ];
};

// API Gateway's own answers are `{"message": …}`, and a proxy may answer anything.
type Answered = Partial<Problem> & { message?: string };

const problemIn = (body: string): Answered => {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== "object" || value === null) return {};
    const { detail, message, code, request_id, errors } = value as Record<string, unknown>;
    const text = (field: unknown) => (typeof field === "string" ? field : undefined);
    const fields = { detail: text(detail), message: text(message), code: text(code), request_id: text(request_id) };
    const present = Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== undefined));
    return { ...present, ...(Array.isArray(errors) ? { errors: errors.filter(isFault) } : {}) };
  } catch {
    return {};
  }
};

const isFault = (value: unknown): value is Fault =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as Record<string, unknown>)["path"] === "string" &&
  typeof (value as Record<string, unknown>)["message"] === "string";
