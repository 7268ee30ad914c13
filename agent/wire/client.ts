import type { HeartbeatResponse, LicensePostResponse } from "../../shared/contract/responses.ts";
import type { HeartbeatRequest, LicenseRequest } from "./bodies.ts";
import { type CallOptions, call, type Outcome } from "./call.ts";

export type Jwks = { keys: { kid?: string; kty: string }[] };

export type ClientOptions = CallOptions & {
  /** The headers that authenticate a call, read anew for each. */
  credential: () => Record<string, string>;
};

export type Client = {
  licensePost(body: LicenseRequest): Promise<Outcome<LicensePostResponse>>;
  /** A lease token is presented instead of the credential. */
  heartbeat(body: HeartbeatRequest, leaseToken?: string): Promise<Outcome<HeartbeatResponse>>;
  /** The set of policies and profiles of this cluster; status 304 if it has the given ETag still. */
  catalog(etag: string | undefined): Promise<Outcome<unknown>>;
  jwks(): Promise<Outcome<Jwks>>;
};

export const licenseKeyHeader = (licenseKey: string): Record<string, string> => ({ "x-license-key": licenseKey });

export const bearerHeader = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

/** What every operator and agent calls, as typed calls. */
export const createClient = (options: ClientOptions): Client => {
  const { credential } = options;
  return {
    licensePost: (body) => call(options, { route: "licensePost", body, headers: credential() }),
    heartbeat: (body, leaseToken) => {
      const headers = leaseToken === undefined ? credential() : bearerHeader(leaseToken);
      return call(options, { route: "heartbeat", body, headers });
    },
    catalog: (etag) => {
      const condition: Record<string, string> = etag === undefined ? {} : { "if-none-match": etag };
      return call(options, { route: "catalogList", headers: { ...credential(), ...condition } });
    },
    jwks: () => call(options, { route: "jwks" }),
  };
};
