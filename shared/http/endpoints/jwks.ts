import { NoQuery } from "../../contract/queries.ts";
import type { Endpoint } from "../handler.ts";
import { parseQuery } from "../parse.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";

/**
 * `GET /.well-known/jwks.json`: the public halves of the keys that lease tokens and access tokens are signed with
 * (RFC 7517). What a token is good for its `typ` and `aud` say, not its key's place in this list.
 */
export const getJwks =
  ({ leaseKeys, accessKeys }: Runtime): Endpoint =>
  async (request) => {
    parseQuery(request, NoQuery);
    const published = await Promise.all([leaseKeys(), accessKeys()]);
    const keys = published.flatMap(({ verifiers }) => verifiers.map(({ jwk }) => jwk));
    return json(200, { keys }, { "cache-control": "public, max-age=60" });
  };
