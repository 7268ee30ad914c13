import { aroundPathId, ROUTES, type Route, withPathId } from "./routes.ts";

/** A method of a request. `HEAD` is served wherever `GET` is. */
export type Method = Route["method"] | "HEAD";

export type RouteMatch =
  /** `exact`: the path has no slash too many. */
  | { found: true; route: (typeof ROUTES)[number]; id: string | undefined; exact: boolean }
  | { found: false; allow: readonly Method[] };

/** The methods that a route answers. */
export const methodsOf = ({ method }: Pick<Route, "method">): readonly Method[] =>
  method === "GET" ? ["GET", "HEAD"] : [method];

/**
 * Finds the route of a request. The path is decoded already: the front decodes it, once, and nothing after it does. An id
 * may contain slashes, so all slashes beside it belong to it; elsewhere a doubled or trailing slash makes no difference.
 * If nothing matches, `allow` has the methods of the path: none is a 404, some are a 405.
 */
export const matchRoute = (method: string, path: string): RouteMatch => {
  if (!PATHS.has(path)) return search(method, path);
  const known = found.get(`${method} ${path}`) ?? search(method, path);
  found.set(`${method} ${path}`, known);
  return known;
};

// The paths without a variable, and what was found for them: operators ask for the same few all day.
const PATHS: ReadonlySet<string> = new Set(ROUTES.map(({ path }) => path).filter((path) => !path.includes("{")));
const found = new Map<string, RouteMatch>();

const search = (method: string, path: string): RouteMatch => {
  const matches = ROUTES.flatMap((route) => {
    const match = matchPath(route, path);
    return match === undefined ? [] : [{ route, ...match }];
  });
  const match = matches.find(({ route }) => methodsOf(route).some((one) => one === method));
  if (match !== undefined) return { found: true, ...match };
  return { found: false, allow: [...new Set(matches.flatMap(({ route }) => methodsOf(route)))] };
};

type PathMatch = { id: string | undefined; exact: boolean };

const matchPath = (route: Route, path: string): PathMatch | undefined => {
  const around = aroundPathId(route);
  if (around !== undefined) return matchId(route, path, around);
  const rest = afterLiteral(path, route.path);
  if (rest === undefined) return undefined;
  // A request to delete one thing, without its id, must not delete all of them.
  if (rest !== "" && (route.method === "DELETE" || !isSlashes(rest))) return undefined;
  return { id: undefined, exact: path === route.path };
};

const matchId = (
  route: Route,
  path: string,
  { head, tail, isPair }: { head: string; tail: string; isPair: boolean },
): PathMatch | undefined => {
  const rest = afterLiteral(path, head.slice(0, -1));
  if (rest === undefined) return undefined;
  const end = tail === "" && !isPair ? rest : withoutTrailingSlashes(rest);
  if (!end.startsWith("/") || !end.endsWith(tail)) return undefined;
  const found = end.slice(1, end.length - tail.length);
  const id = isPair ? pairIn(found) : found;
  return id === undefined || id === "" ? undefined : { id, exact: path === withPathId(route, id) };
};

// Neither part has a slash, so all slashes between them are one.
const pairIn = (text: string): string | undefined => {
  const parts = text.split("/").filter((part) => part !== "");
  return parts.length === 2 ? parts.join("/") : undefined;
};

/** What follows the start of a path. Each slash in the start may be repeated. */
const afterLiteral = (path: string, literal: string): string | undefined => {
  let at = 0;
  for (const character of literal) {
    if (path[at] !== character) return undefined;
    at += 1;
    if (character === "/") while (path[at] === "/") at += 1;
  }
  return path.slice(at);
};

const isSlashes = (text: string): boolean => withoutTrailingSlashes(text) === "";

const withoutTrailingSlashes = (text: string): string => {
  let end = text.length;
  while (text[end - 1] === "/") end -= 1;
  return text.slice(0, end);
};
