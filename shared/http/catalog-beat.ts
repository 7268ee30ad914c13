import { CatalogStatus } from "../contract/catalog.ts";
import { check } from "../contract/check.ts";
import { describeFaults } from "../contract/problems.ts";
import type { HeartbeatInput } from "../contract/requests.ts";
import type { HeartbeatResponse } from "../contract/responses.ts";
import { agentClusterId } from "../operators/agent.ts";
import { recordStatus } from "../policies/catalog/cluster-record.ts";
import { recentRevision } from "../policies/catalog/revisions.ts";
import type { Call } from "./handler.ts";
import { isBound } from "./own-instance.ts";
import type { Runtime } from "./runtime.ts";

/**
 * The part of a heartbeat that is about the catalog: it stores what an agent reports of it, and returns the catalog's revision.
 * For a caller that applies no catalog, or whose credential is not for its instance, it reads and writes nothing. If it fails, the heartbeat still succeeds.
 */
export const catalogBeat = (runtime: Runtime) => {
  const revision = recentRevision(() => runtime.table, runtime.now);
  return async (
    input: HeartbeatInput,
    isSuperseded: boolean,
    call: Call,
  ): Promise<Pick<HeartbeatResponse, "catalog_revision">> => {
    if (input.agent?.applies_catalog !== true || !isBound(call.principal)) return {};
    try {
      if (!isSuperseded) await storeStatus(runtime, input, call);
      return { catalog_revision: await revision() };
    } catch (error) {
      call.log.warn("catalog not read", { instance_id: input.instance_id, error });
      return {};
    }
  };
};

const storeStatus = async (
  { table }: Runtime,
  { instance_id: instanceId, catalog_status: status }: HeartbeatInput,
  { log, now }: Call,
): Promise<void> => {
  const clusterId = agentClusterId(instanceId);
  if (status === undefined || clusterId === undefined) return;
  const checked = check(CatalogStatus, status, "catalog_status");
  if (checked.ok) await recordStatus(table, clusterId, checked.value, now);
  else log.warn("catalog status not understood", { instance_id: instanceId, reason: describeFaults(checked.faults) });
};
