import { CatalogAcceptBody, CatalogPruneBody } from "../../../contract/catalog.ts";
import type { CatalogAcceptResponse, CatalogPruneResponse } from "../../../contract/catalog-answers.ts";
import { listClusterRecords } from "../../../policies/catalog/cluster-record.ts";
import { acceptRevision, pruneCluster } from "../../../policies/catalog/prune.ts";
import type { Endpoint } from "../../handler.ts";
import { parseBody } from "../../parse.ts";
import { ApiProblem } from "../../problem.ts";
import { json } from "../../response.ts";
import type { Runtime } from "../../runtime.ts";
import { catalogCall, catalogDeps } from "./deps.ts";
import { shownId } from "./shown.ts";

/** `POST /api/v1/catalog/prune`: asks a cluster's agent to remove what is orphaned there. */
export const postPrune =
  (runtime: Runtime): Endpoint =>
  async (request, call) => {
    const { cluster_id: clusterId } = parseBody(request, CatalogPruneBody);
    call.note({ cluster_id: clusterId });
    const pruned = await pruneCluster(catalogDeps(runtime), clusterId, catalogCall(call));
    if (pruned.kind === "unknown cluster")
      throw new ApiProblem(
        "NotFound",
        "No agent of this cluster has fetched the catalog. GET /api/v1/catalog/status lists the clusters",
      );
    const body: CatalogPruneResponse = { revision: pruned.revision, removed: pruned.removed.map(shownId) };
    return json(200, body);
  };

/** `POST /api/v1/catalog/accept`: lets agents continue that have a higher revision than this catalog. */
export const postAccept =
  (runtime: Runtime): Endpoint =>
  async (request, call) => {
    const { revision } = parseBody(request, CatalogAcceptBody);
    const records = await listClusterRecords(runtime.table);
    const accepted = await acceptRevision(catalogDeps(runtime), revision, records, catalogCall(call));
    if (accepted.kind === "not reported")
      throw new ApiProblem(
        "Conflict",
        `No cluster reported the revision ${revision}. The highest one is ${accepted.highest}`,
      );
    const body: CatalogAcceptResponse = { revision: accepted.revision };
    return json(200, body);
  };
