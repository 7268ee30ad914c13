import { AGENT_SCOPE, SCOPES, type TokenScope } from "../contract/scopes.ts";
import type { EpochMs } from "../contract/time.ts";
import { signToken } from "./sign-token.ts";
import type { SigningKey, SigningKeys } from "./signing-keys.ts";
import { verifyToken } from "./verify-token.ts";

const TYPE = "access+jwt";
const AUDIENCE = "mirrord-license-server";

/** The content of an access token: its subject, its scopes, and with the scope `agent` the instance that it is for. */
export type AccessGrant = {
  tokenId: string;
  subject: string;
  scopes: readonly TokenScope[];
  instanceId?: string | undefined;
};

/** Signs an access token (RFC 7519; `scope` as in RFC 8693, section 4.2). */
export const signAccessToken = (
  grant: AccessGrant,
  validity: { issuer: string; now: EpochMs; expiresAt: EpochMs },
  signer: SigningKey,
): string =>
  signToken(
    TYPE,
    { ...validity, audience: AUDIENCE, subject: grant.subject, issuedAt: validity.now, tokenId: grant.tokenId },
    {
      scope: grant.scopes.join(" "),
      ...(grant.instanceId === undefined ? {} : { instance_id: grant.instanceId }),
    },
    signer,
  );

/**
 * What an access token grants. Undefined if it is not valid. An unknown scope grants nothing, and a token without a known
 * scope is not valid. The scope `agent` needs an instance, and grants nothing else beside it.
 */
export const readAccessToken = async (
  token: string,
  issuer: string,
  keys: SigningKeys,
  now: EpochMs,
): Promise<AccessGrant | undefined> => {
  const kind = { type: TYPE, audience: AUDIENCE, issuer, requiredClaims: ["exp", "sub", "jti", "scope"] };
  const claims = await verifyToken(token, kind, keys, now);
  if (claims === undefined) return undefined;
  const named = String(claims["scope"]).split(" ");
  const grant = { tokenId: claims.jti ?? "", subject: claims.sub ?? "" };
  const instanceId = claims["instance_id"];
  if (named.includes(AGENT_SCOPE))
    return typeof instanceId === "string" ? { ...grant, scopes: [AGENT_SCOPE], instanceId } : undefined;
  const scopes = SCOPES.filter((scope) => named.includes(scope));
  return scopes.length === 0 ? undefined : { ...grant, scopes };
};
