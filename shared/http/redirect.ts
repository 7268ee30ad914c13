import type { RouteMatch } from "../contract/match-route.ts";
import { isPairRoute, withPathId } from "../contract/routes.ts";
import { ApiProblem } from "./problem.ts";
import type { ApiRequest } from "./request.ts";
import { type ApiResponse, json } from "./response.ts";

/**
 * The answer to a path with a slash too many that reached the function of unknown routes: API Gateway compares paths
 * character by character. The client repeats the request, with its method and body, at the right path (RFC 9110, section
 * 15.4.9). The reference is relative, because the base path is not known here. Throws a 404 for an id with slashes.
 */
export const redirectToRoute = (
  { path, query, id: requestId }: ApiRequest,
  { route, id }: RouteMatch & { found: true },
): ApiResponse => {
  const target = withPathId(route, encodedId(route, id ?? ""));
  // It is not known whether the client encoded the slashes of an id, so the number of steps up is not known either.
  if (id?.includes("/")) throw new ApiProblem("NotFound", `No such route. Remove a slash: ${target}`);
  const up = "../".repeat(path.split("/").length - 2);
  const location = `${up}${target.slice(1)}${query.parameters.size === 0 ? "" : `?${query.parameters}`}`;
  return json(
    308,
    {
      type: "about:blank",
      title: "Permanent Redirect",
      status: 308,
      detail: `The path has a slash too many. Use ${target}`,
      request_id: requestId,
    },
    { "content-type": "application/problem+json", location },
  );
};

// The slash of a pair is one of the path.
const encodedId = (route: (RouteMatch & { found: true })["route"], id: string): string =>
  isPairRoute(route) ? id.split("/").map(encodeURIComponent).join("/") : encodeURIComponent(id);
