import { createHash } from "node:crypto";
import type { CatalogSetResponse } from "../../../contract/catalog-answers.ts";
import { operatorKey } from "../../../contract/keys.ts";
import { NoQuery } from "../../../contract/queries.ts";
import { agentClusterId } from "../../../operators/agent.ts";
import { operatorFrom } from "../../../operators/operator.ts";
import { noteName, readClusterRecord } from "../../../policies/catalog/cluster-record.ts";
import { clusterSet } from "../../../policies/catalog/cluster-set.ts";
import { matchesAnyETag } from "../../../policies/catalog/etag.ts";
import { makeCatalog } from "../../../policies/catalog/make-catalog.ts";
import type { CatalogReader } from "../../../policies/catalog/read.ts";
import type { Principal } from "../../authenticate.ts";
import type { Endpoint } from "../../handler.ts";
import { parseQuery } from "../../parse.ts";
import { ApiProblem } from "../../problem.ts";
import { json } from "../../response.ts";
import type { Runtime } from "../../runtime.ts";
import { shownId } from "./shown.ts";

/** `GET /api/v1/catalog` of an agent: the set of its own cluster, or a 304 if it has it. */
export const agentSet =
  (runtime: Runtime, read: CatalogReader): Endpoint =>
  async (request, { principal, now, note }) => {
    parseQuery(request, NoQuery);
    const { instanceId, clusterId } = ownCluster(principal);
    note({ instance_id: instanceId });
    const { table } = runtime;
    const item = await table.get(operatorKey(instanceId), { consistent: true });
    if (item === undefined)
      throw new ApiProblem("NotFound", "This agent is not registered. Send POST /api/v1/license first");
    const { cluster: name } = operatorFrom(item);
    const known = await read(now);
    const catalogId = known.catalogId ?? (await makeCatalog(runtime, now));
    const record = await readClusterRecord(table, clusterId, { consistent: true });
    const noted = await noteName(table, record, name, known.revision, now);
    const { entries, remove } = clusterSet(known, noted);
    const body: CatalogSetResponse = {
      catalog_id: catalogId,
      revision: known.revision,
      entries: entries.map((entry) => ({
        ...shownId(entry),
        generation: entry.generation,
        spec: entry.spec,
        hash: entry.hash,
      })),
      remove: remove.map((object) => ({ ...shownId(object), generation: object.generation })),
    };
    const answer = json(200, body);
    const etag = `"${createHash("sha256").update(answer.body).digest("base64url")}"`;
    const ifNoneMatch = request.header("if-none-match");
    return ifNoneMatch !== undefined && matchesAnyETag(ifNoneMatch, etag)
      ? { status: 304, headers: { etag }, body: "" }
      : { ...answer, headers: { ...answer.headers, etag } };
  };

const ownCluster = (principal: Principal): { instanceId: string; clusterId: string } => {
  if (principal.kind !== "agent" && principal.kind !== "lease")
    throw new Error(`a set of the catalog for a ${principal.kind}`);
  const { instanceId } = principal;
  const clusterId = agentClusterId(instanceId);
  if (clusterId === undefined)
    throw new ApiProblem("Forbidden", "Only the agent of a cluster may read its set: instance_id is not an agent's");
  return { instanceId, clusterId };
};
