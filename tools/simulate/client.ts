import type { SessionEnd, UserStart } from "../../agent/wire/bodies.ts";
import { type CallOptions, call, type Outcome } from "../../agent/wire/call.ts";
import {
  type Client as BaseClient,
  bearerHeader,
  createClient as createBaseClient,
  licenseKeyHeader,
} from "../../agent/wire/client.ts";
import type { SessionEndResponse, SessionStartResponse, UsageReport } from "../../shared/contract/responses.ts";

export type ClientOptions = CallOptions & { licenseKey: string };

/** An operator's calls, with those that only the simulator makes. `leaseToken` is presented instead of the license key. */
export type Client = BaseClient & {
  sessionStart(body: UserStart, leaseToken?: string): Promise<Outcome<SessionStartResponse>>;
  sessionEnd(sessionId: string, body: SessionEnd, leaseToken?: string): Promise<Outcome<SessionEndResponse>>;
  usageReport(): Promise<Outcome<UsageReport>>;
};

/** The server's API as typed calls. Failures of server or network are an `Outcome`, not an exception. */
export const createClient = (options: ClientOptions): Client => {
  const key = licenseKeyHeader(options.licenseKey);
  const credential = (leaseToken?: string): Record<string, string> =>
    leaseToken === undefined ? key : bearerHeader(leaseToken);
  return {
    ...createBaseClient({ ...options, credential: () => key }),
    sessionStart: (body, leaseToken) => call(options, { route: "sessionStart", body, headers: credential(leaseToken) }),
    sessionEnd: (id, body, leaseToken) =>
      call(options, { route: "sessionEnd", id, body, headers: credential(leaseToken) }),
    usageReport: () =>
      call(options, { route: "usageReport", query: "format=json&primary_key=machine_id", headers: key }),
  };
};
