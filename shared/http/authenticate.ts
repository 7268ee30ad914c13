import { type Credential, isScope } from "../contract/routes.ts";
import type { EpochMs } from "../contract/time.ts";
import { type AccessGrant, readAccessToken } from "../licensing/access-token.ts";
import { leaseHolder } from "../licensing/lease.ts";
import type { LicenseKeyCheck } from "../licensing/license-key.ts";
import type { IsRevoked } from "../licensing/revoked-tokens.ts";
import type { SigningKeys } from "../licensing/signing-keys.ts";
import type { Logger } from "../telemetry/logger.ts";
import { ApiProblem } from "./problem.ts";
import { type ApiRequest, isPrintableAscii } from "./request.ts";

/**
 * Who calls: a holder of the license key, the one operator that a lease token names, the one agent that its access token
 * names, or a holder of another access token.
 */
type Known =
  | { kind: "key" }
  | { kind: "lease"; instanceId: string }
  | { kind: "agent"; instanceId: string; tokenId: string }
  | { kind: "access"; grant: AccessGrant };
export type Principal = { kind: "anybody" } | Known;

/** What access tokens are checked with. */
export type AccessCheck = { keys: SigningKeys; issuer: string; isRevoked: IsRevoked };

export type Authenticator = {
  checkKey: LicenseKeyCheck;
  lease?: { keys: SigningKeys; issuer: string };
  access?: AccessCheck;
  /** Whether the license key alone opens routes that need a scope. */
  keyOpensAll?: boolean;
  now: () => EpochMs;
};

/**
 * Finds out who calls and whether the route is open to them, before the body is read. Throws a 401 or 403. The status is
 * the same for a missing and a wrong credential.
 */
export const authenticate = async (
  request: ApiRequest,
  accepted: readonly Credential[],
  authenticator: Authenticator | undefined,
  log: Logger,
): Promise<Principal> => {
  if (accepted.length === 0) return { kind: "anybody" };
  if (authenticator === undefined) throw new Error("a route that requires a credential has no authenticator");
  const principal = await identify(request, accepted, authenticator);
  if (principal === undefined) {
    if (presentsAny(request)) log.count("WrongCredentials", { source_ip: request.sourceIp });
    throw new ApiProblem("Unauthorized", unauthorizedDetail(request, accepted), {
      headers: { "www-authenticate": "Bearer" },
    });
  }
  if (!opens(principal, accepted, authenticator))
    throw new ApiProblem("Forbidden", `Permission denied: requires ${accepted.map(nameOf).join(" or ")}`);
  return principal;
};

const opens = (principal: Known, accepted: readonly Credential[], { keyOpensAll }: Authenticator): boolean => {
  if (principal.kind === "access") return principal.grant.scopes.some((scope) => accepted.includes(scope));
  return accepted.includes(principal.kind) || (principal.kind === "key" && keyOpensAll === true);
};

const presentsAny = (request: ApiRequest): boolean =>
  request.header("x-license-key") !== undefined || request.header("authorization") !== undefined;

const unauthorizedDetail = ({ header }: ApiRequest, accepted: readonly Credential[]): string => {
  const detail = `Valid credential required: ${accepted.map(nameOf).join(" or ")}`;
  const unreadable = ["x-license-key", "authorization"].filter((name) => !isPrintableAscii(header(name) ?? ""));
  return unreadable.length === 0 ? detail : `${detail}; the header ${unreadable.join(" and ")} must be printable ASCII`;
};

const nameOf = (credential: Credential): string => {
  if (isScope(credential) || credential === "agent") return `an access token with the scope ${credential}`;
  return credential === "key" ? "the license key in x-license-key" : "a lease token as the bearer";
};

// A token beside the right key counts if the key alone is not enough. Beside a wrong key it does not count.
const identify = async (
  request: ApiRequest,
  accepted: readonly Credential[],
  authenticator: Authenticator,
): Promise<Known | undefined> => {
  const key = request.header("x-license-key");
  if (key === undefined) return identifyBearer(request, authenticator);
  if (!(await authenticator.checkKey(key))) return undefined;
  const holder: Known = { kind: "key" };
  if (opens(holder, accepted, authenticator)) return holder;
  return (await identifyBearer(request, authenticator)) ?? holder;
};

const identifyBearer = async (
  request: ApiRequest,
  { lease, access, now }: Authenticator,
): Promise<Known | undefined> => {
  const token = /^Bearer +([^\s]+)$/i.exec(request.header("authorization") ?? "")?.[1];
  if (token === undefined) return undefined;
  const instanceId = lease && (await leaseHolder(token, lease.issuer, lease.keys, now()));
  if (instanceId !== undefined) return { kind: "lease", instanceId };
  const grant = access && (await readAccessToken(token, access.issuer, access.keys, now()));
  if (grant === undefined || access === undefined || (await access.isRevoked(grant.tokenId))) return undefined;
  const { instanceId: agent, tokenId } = grant;
  return agent === undefined ? { kind: "access", grant } : { kind: "agent", instanceId: agent, tokenId };
};
