import type { Credential } from "../contract/routes.ts";
import type { EpochMs } from "../contract/time.ts";
import { leaseHolder } from "../licensing/lease.ts";
import type { LicenseKeyCheck } from "../licensing/license-key.ts";
import type { SigningKeys } from "../licensing/signing-keys.ts";
import { ApiProblem } from "./problem.ts";
import type { ApiRequest } from "./request.ts";

/** Who calls: anybody, a holder of the license key, or the one operator that a lease token names. */
export type Principal = { kind: "anybody" } | { kind: "key" } | { kind: "lease"; instanceId: string };

export type Authenticator = {
  checkKey: LicenseKeyCheck;
  lease?: { keys: SigningKeys; issuer: string };
  now: () => EpochMs;
};

/**
 * Tells who calls and whether the route is open to them. Runs before the body is looked at. The answers do not tell a
 * missing credential from a wrong one.
 */
export const authenticate = async (
  request: ApiRequest,
  accepted: readonly Credential[],
  authenticator: Authenticator | undefined,
): Promise<Principal> => {
  if (accepted.length === 0) return { kind: "anybody" };
  if (authenticator === undefined) throw new Error("a route that wants a credential has no authenticator");
  const principal = await identify(request, authenticator);
  if (principal === undefined)
    throw new ApiProblem("Unauthorized", `a valid credential is required: ${accepted.map(nameOf).join(" or ")}`, {
      headers: { "www-authenticate": "Bearer" },
    });
  if (principal.kind === "lease" && !accepted.includes("lease"))
    throw new ApiProblem("Forbidden", "a lease token does not open this route");
  return principal;
};

const nameOf = (credential: Credential): string =>
  credential === "key" ? "the x-license-key header" : "a lease token as the bearer";

const identify = async (
  request: ApiRequest,
  { checkKey, lease, now }: Authenticator,
): Promise<Exclude<Principal, { kind: "anybody" }> | undefined> => {
  const key = request.header("x-license-key");
  if (key !== undefined) return (await checkKey(key)) ? { kind: "key" } : undefined;
  const token = /^Bearer +([^\s]+)$/i.exec(request.header("authorization") ?? "")?.[1];
  if (token === undefined || lease === undefined) return undefined;
  const instanceId = await leaseHolder(token, lease.issuer, lease.keys, now());
  return instanceId === undefined ? undefined : { kind: "lease", instanceId };
};
