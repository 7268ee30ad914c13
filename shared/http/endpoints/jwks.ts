import { NoQuery } from "../../contract/queries.ts";
import type { Endpoint } from "../handler.ts";
import { parseQuery } from "../parse.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";

/** `GET /.well-known/jwks.json`: the public halves of the keys that lease tokens are signed with (RFC 7517). */
export const getJwks =
  ({ leaseKeys }: Runtime): Endpoint =>
  async (request) => {
    parseQuery(request, NoQuery);
    const { verifiers } = await leaseKeys();
    return json(200, { keys: verifiers.map(({ jwk }) => jwk) }, { "cache-control": "public, max-age=60" });
  };
