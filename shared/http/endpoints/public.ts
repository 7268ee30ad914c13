import openApiDocument from "../../contract/openapi.json" with { type: "json" };
import { NoQuery } from "../../contract/queries.ts";
import type { Endpoint } from "../handler.ts";
import { parseQuery } from "../parse.ts";
import { json } from "../response.ts";

/** `GET /health`: the server answers. It reads nothing else, and ignores the query: monitors add one against caches. */
export const getHealth: Endpoint = async () => json(200, { status: "ok" });

/** `GET /openapi.json`: the contract. */
export const getOpenApi: Endpoint = async (request) => {
  parseQuery(request, NoQuery);
  return json(200, openApiDocument, { "cache-control": "public, max-age=300" });
};
