import { NoQuery } from "../../contract/queries.ts";
import type { Endpoint } from "../handler.ts";
import { parseQuery } from "../parse.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";

/**
 * `GET /.well-known/jwks.json`: the public keys of lease tokens and access tokens (RFC 7517). The kind of a token is in
 * its `typ` and `aud`, not in the order of the keys.
 */
export const getJwks =
  ({ leaseKeys, accessKeys }: Runtime): Endpoint =>
  async (request) => {
    parseQuery(request, NoQuery);
    const published = await Promise.all([leaseKeys(), accessKeys()]);
    const keys = published.flatMap(({ verifiers }) => verifiers.map(({ jwk }) => jwk));
    return json(200, { keys }, { "cache-control": "public, max-age=60" });
  };
