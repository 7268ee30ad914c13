import { NoQuery } from "../../contract/queries.ts";
import { documentAnswer, type EncodedDocument } from "../encoded-document.ts";
import type { Endpoint } from "../handler.ts";
import { parseQuery } from "../parse.ts";
import { ApiProblem } from "../problem.ts";
import { json } from "../response.ts";

/** The page: one document that loads nothing, and its content security policy. */
export type Page = { document: EncodedDocument; csp: string };

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
export const getDashboard = (page: Page, { enabled, bucketOrigin }: Omit<DashboardOptions, "publicUrl">): Endpoint => {
  const answer = documentAnswer(page.document, "text/html; charset=utf-8");
  return async (request) => {
    if (!enabled) throw new ApiProblem("NotFound", "No such route");
    parseQuery(request, NoQuery);
    return answer(request, {
      "cache-control": "no-cache",
      "content-security-policy": `${page.csp}; connect-src ${["'self'", bucketOrigin].filter(Boolean).join(" ")}`,
      "cross-origin-opener-policy": "same-origin",
      "referrer-policy": "no-referrer",
    });
  };
};
