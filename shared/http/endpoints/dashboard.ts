import { NoQuery } from "../../contract/queries.ts";
import type { Endpoint } from "../handler.ts";
import { parseQuery } from "../parse.ts";
import { ApiProblem } from "../problem.ts";
import { json } from "../response.ts";

/** The page: one document that loads nothing, its content security policy, and the tag of its version. */
export type Page = { html: string; csp: string; etag: string };

export type DashboardOptions = {
  enabled: boolean;
  /** The URL of the server, if it is configured. */
  publicUrl: string | undefined;
  /** The origin of reports that are too large for an answer, if it is not the page's own. */
  bucketOrigin: string | undefined;
};

/**
 * `GET /`: redirects to the page. Without `publicUrl` the reference is relative, because the base path is not known here. If the page is
 * disabled, the answer names the other public routes.
 */
export const getRoot =
  ({ enabled, publicUrl }: Pick<DashboardOptions, "enabled" | "publicUrl">): Endpoint =>
  async (request) => {
    parseQuery(request, NoQuery);
    if (enabled)
      return {
        status: 302,
        headers: { location: publicUrl === undefined ? "dashboard" : `${publicUrl}/dashboard` },
        body: "",
      };
    return json(200, { name: "mirrord license server", health: "health", openapi: "openapi.json" });
  };

/**
 * `GET /dashboard`: the page. It has no data, so it is public. A browser may keep it if it asks each time whether it has
 * changed (RFC 9110, section 13.1.2). If the dashboard is disabled, there is no such route.
 */
export const getDashboard =
  (page: Page, { enabled, bucketOrigin }: Omit<DashboardOptions, "publicUrl">): Endpoint =>
  async (request) => {
    if (!enabled) throw new ApiProblem("NotFound", "No such route");
    parseQuery(request, NoQuery);
    const headers = {
      "cache-control": "no-cache",
      "content-security-policy": `${page.csp}; connect-src ${["'self'", bucketOrigin].filter(Boolean).join(" ")}`,
      "cross-origin-opener-policy": "same-origin",
      etag: page.etag,
      "referrer-policy": "no-referrer",
    };
    if (knows(request.header("if-none-match"), page.etag)) return { status: 304, headers, body: "" };
    return { status: 200, headers: { ...headers, "content-type": "text/html; charset=utf-8" }, body: page.html };
  };

// A proxy may have weakened the tag. A `GET` compares weakly (RFC 9110, section 8.8.3.2).
const knows = (header: string | undefined, etag: string): boolean =>
  (header ?? "").split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag || tag.trim() === "*");
