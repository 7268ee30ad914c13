import { NoQuery } from "../../contract/queries.ts";
import { documentAnswer, type EncodedDocument } from "../encoded-document.ts";
import type { Endpoint } from "../handler.ts";
import { parseQuery } from "../parse.ts";
import { json } from "../response.ts";

/** `GET /health`: the server answers. It reads nothing else, and ignores the query: monitors add one against caches. */
export const getHealth: Endpoint = async () => json(200, { status: "ok" });

/** `GET /openapi.json`: the contract. */
export const getOpenApi = (document: EncodedDocument): Endpoint => {
  const answer = documentAnswer(document, "application/json");
  return async (request) => {
    parseQuery(request, NoQuery);
    return answer(request, { "cache-control": "public, max-age=300" });
  };
};
