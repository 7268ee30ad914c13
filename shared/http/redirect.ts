import type { RouteMatch } from "../contract/match-route.ts";
import { ApiProblem } from "./problem.ts";
import type { ApiRequest } from "./request.ts";
import { type ApiResponse, json } from "./response.ts";

/**
 * The answer to a path with a slash too many that came to the function of unknown routes: API Gateway compares paths
 * character by character. The client repeats the request, its method and body, where the route is (RFC 9110, section
 * 15.4.9). The reference is relative, since the base path in front is not known here.
 */
export const redirectToRoute = (
  { path, query, id: requestId }: ApiRequest,
  { route, id }: RouteMatch & { found: true },
): ApiResponse => {
  const target = route.path.replace("{id}", () => encodeURIComponent(id ?? ""));
  // Whether the client encoded the slashes of an id cannot be known, so neither can the steps up.
  if (id?.includes("/")) throw new ApiProblem("NotFound", `there is no such route; remove a slash: ${target}`);
  const up = "../".repeat(path.split("/").length - 2);
  const location = `${up}${target.slice(1)}${query.parameters.size === 0 ? "" : `?${query.parameters}`}`;
  return json(
    308,
    {
      type: "about:blank",
      title: "Permanent Redirect",
      status: 308,
      detail: `the path has a slash too many; use ${target}`,
      request_id: requestId,
    },
    { "content-type": "application/problem+json", location },
  );
};
