import type {
  CatalogApplyResponse,
  CatalogChangeResponse,
  CatalogSetResponse,
} from "../../shared/contract/catalog-answers.ts";
import type { Scope } from "../../shared/contract/scopes.ts";
import type { Answer, App } from "./app.ts";
import type { Server } from "./server.ts";
import { agentToken } from "./tokens.ts";
import type { Json } from "./wire.ts";

export const BLOCK_STEAL: Json = { block: ["steal"] };
export const NO_INCOMING: Json = { featureAdjustments: [{ change: "incoming-off" }] };

/** An admin of the catalog, who may read and write it. */
export const catalogAdmin = (server: () => App, subject = "ana@example.com") => {
  const call = async (
    method: string,
    path: string,
    { body, ifMatch, headers = {} }: { body?: unknown; ifMatch?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer> => {
    const scopes: Scope[] = ["policies:read", "policies:write", "audit:read"];
    return server().call(method, `/api/v1/catalog${path}`, {
      bearer: await server().accessToken(scopes, subject),
      headers: { ...headers, ...(ifMatch === undefined ? {} : { "if-match": ifMatch }) },
      ...(body === undefined ? {} : { body }),
    });
  };
  const entry = "/MirrordClusterPolicy/no-steal";
  return {
    call,
    /** Puts the policy `no-steal`. */
    put: (body: Json = { spec: BLOCK_STEAL }, ifMatch?: string) =>
      call("PUT", entry, { body, ...(ifMatch === undefined ? {} : { ifMatch }) }),
    get: () => call("GET", entry),
    remove: (ifMatch?: string) => call("DELETE", entry, ifMatch === undefined ? {} : { ifMatch }),
    apply: (changes: Json[], dryRun = false) => call("POST", "/apply", { body: { changes, dry_run: dryRun } }),
    /** Puts an entry that must be stored, whatever is there. */
    store: async (kind: string, name: string, body: Json, namespace?: string): Promise<CatalogChangeResponse> => {
      const path = `/${kind}/${name}${namespace === undefined ? "" : `?namespace=${namespace}`}`;
      const { headers } = await call("GET", path);
      const etag = headers["etag"];
      const answer = await call("PUT", path, { body, ...(etag === undefined ? {} : { ifMatch: etag }) });
      if (answer.status > 201) throw new Error(answer.text);
      return answer.json;
    },
    discard: async (kind: string, name: string): Promise<void> => {
      const { headers } = await call("GET", `/${kind}/${name}`);
      const answer = await call("DELETE", `/${kind}/${name}`, { ifMatch: String(headers["etag"]) });
      if (answer.status !== 204) throw new Error(answer.text);
    },
  };
};

export type ApplyResults = CatalogApplyResponse["results"];

/** The agent of a cluster. */
export const clusterAgent = (server: () => Server, clusterId: string) => {
  const instanceId = `cluster-${clusterId}`;
  const of = (clusterName: string | undefined, changes: Json = {}): Json => ({
    instance_id: instanceId,
    cluster_id: clusterId,
    ...(clusterName === undefined ? {} : { cluster_name: clusterName }),
    agent: {
      version: "0.3.0",
      process_id: `process-of-${clusterId}`,
      enforces: false,
      applies_catalog: true,
      kills_previews: false,
      ...changes,
    },
  });
  let seq = 0;
  // One token for each server: to make one leaves a trace.
  const tokens = new WeakMap<Server, Promise<string>>();
  const bearer = async (): Promise<string> => {
    const token = tokens.get(server()) ?? agentToken(server(), instanceId);
    tokens.set(server(), token);
    return token;
  };
  return {
    instanceId,
    /** Registers under a name, as an agent does at its start. */
    register: async (clusterName?: string, changes?: Json): Promise<Answer> =>
      server().call("POST", "/api/v1/license", { bearer: await bearer(), body: of(clusterName, changes) }),
    beat: async (clusterName: string | undefined, body: Json = {}, changes?: Json): Promise<Answer> => {
      seq += 1;
      return server().call("POST", "/api/v1/heartbeat", {
        bearer: await bearer(),
        body: {
          ...of(clusterName, changes),
          seq,
          sent_at: new Date(server().clock.now).toISOString(),
          sessions: [],
          ...body,
        },
      });
    },
    fetch: async (ifNoneMatch?: string): Promise<Answer> =>
      server().call("GET", "/api/v1/catalog", {
        bearer: await bearer(),
        ...(ifNoneMatch === undefined ? {} : { headers: { "if-none-match": ifNoneMatch } }),
      }),
  };
};

/** What a set says, by names alone. */
export const namesIn = ({ entries, remove }: CatalogSetResponse) => ({
  entries: entries.map(({ name, generation }) => `${name} ${generation}`),
  remove: remove.map(({ name, generation }) => `${name} ${generation}`),
});
