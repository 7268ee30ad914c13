import type { FunctionName } from "../../shared/contract/functions.ts";
import { matchRoute, methodsOf } from "../../shared/contract/match-route.ts";
import { apiGatewayPath, FALLBACK_FUNCTION, ROUTES } from "../../shared/contract/routes.ts";

export type RouteTarget = {
  function: FunctionName;
  /** The route as API Gateway names it: `GET /health`, or `$default`. */
  routeKey: string;
  pathParameters?: Record<string, string>;
};

/**
 * The route API Gateway chooses for a request: the full match before the greedy `{proxy+}`, else `$default`
 * (API Gateway developer guide, "Create routes for HTTP APIs"). A path with a slash too many is $default's, too, which
 * redirects it. Here it leads to its function at once: not every client follows a redirect.
 */
export const routeTarget = (method: string, path: string): RouteTarget => {
  const own = KEYS.filter((key) => key.method === method);
  const exact = own.find((key) => key.path === path);
  if (exact !== undefined) return { function: exact.function, routeKey: exact.routeKey };
  const greedy = own
    .filter((key) => key.prefix !== undefined && path.length > key.prefix.length && path.startsWith(key.prefix))
    .sort((one, other) => other.path.length - one.path.length)[0];
  if (greedy?.prefix === undefined) {
    const match = matchRoute(method, path);
    return { function: match.found ? match.route.function : FALLBACK_FUNCTION, routeKey: "$default" };
  }
  return {
    function: greedy.function,
    routeKey: greedy.routeKey,
    pathParameters: { proxy: path.slice(greedy.prefix.length) },
  };
};

const GREEDY = "{proxy+}";

const KEYS = ROUTES.flatMap((route) => {
  const path = apiGatewayPath(route);
  return methodsOf(route).map((method) => ({
    method: method as string,
    path,
    prefix: path.endsWith(GREEDY) ? path.slice(0, -GREEDY.length) : undefined,
    function: route.function,
    routeKey: `${method} ${path}`,
  }));
});
