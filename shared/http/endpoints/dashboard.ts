import { NoQuery } from "../../contract/queries.ts";
import type { Endpoint } from "../handler.ts";
import { parseQuery } from "../parse.ts";
import { ApiProblem } from "../problem.ts";
import { json } from "../response.ts";

/** One document that loads nothing, the policy for what is in it, and the tag that tells it from another version. */
export type Page = { html: string; csp: string; etag: string };

export type DashboardOptions = {
  enabled: boolean;
  /** Where a report comes from that is too large for an answer, if not from the page's own origin. */
  bucketOrigin: string | undefined;
};

/**
 * `GET /`: leads to the page. The reference is relative, for the base path in front is not known here. Without the page,
 * the answer names what else is open to everybody.
 */
export const getRoot =
  ({ enabled }: Pick<DashboardOptions, "enabled">): Endpoint =>
  async (request) => {
    parseQuery(request, NoQuery);
    if (enabled) return { status: 302, headers: { location: "dashboard" }, body: "" };
    return json(200, { name: "mirrord license server", health: "health", openapi: "openapi.json" });
  };

/**
 * `GET /dashboard`: the page. It holds no data, so anybody may have it, and a browser may keep it as long as it asks whether
 * it is still the same (RFC 9110, section 13.1.2). Where the dashboard is turned off, there is no such route.
 */
export const getDashboard =
  (page: Page, { enabled, bucketOrigin }: DashboardOptions): Endpoint =>
  async (request) => {
    if (!enabled) throw new ApiProblem("NotFound", "there is no such route");
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

// What stands in between may have weakened the tag; a `GET` compares weakly (RFC 9110, section 8.8.3.2).
const knows = (header: string | undefined, etag: string): boolean =>
  (header ?? "").split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag || tag.trim() === "*");
