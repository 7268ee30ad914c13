import type { CatalogStatusResponse } from "../../../contract/catalog-answers.ts";
import { NoQuery } from "../../../contract/queries.ts";
import { formatTime } from "../../../contract/time.ts";
import { catalogStatus } from "../../../policies/catalog/status.ts";
import type { Endpoint } from "../../handler.ts";
import { parseQuery } from "../../parse.ts";
import { json } from "../../response.ts";
import type { Runtime } from "../../runtime.ts";
import { shownId } from "./shown.ts";

/** `GET /api/v1/catalog/status`: each cluster, and each entry that is not applied in one. */
export const getStatus =
  (runtime: Runtime): Endpoint =>
  async (request, { now }) => {
    parseQuery(request, NoQuery);
    const { table, staleMs } = runtime;
    const { revision, clusters } = await catalogStatus(table, staleMs, now);
    const entries = clusters.flatMap(({ clusterId, name, entries }) =>
      entries.map((entry) => ({
        cluster_id: clusterId,
        cluster: name ?? null,
        ...shownId(entry),
        state: entry.state,
        generation_in_force: entry.generationInForce ?? null,
        message: entry.message ?? null,
        since: formatTime(entry.since),
      })),
    );
    const body: CatalogStatusResponse = {
      catalog_id: revision.catalogId ?? null,
      revision: revision.revision,
      clusters: clusters.map(({ clusterId, name, state, inForce, since, reportedAt, hasDuplicateName }) => ({
        cluster_id: clusterId,
        cluster: name ?? null,
        state,
        revision: inForce ?? null,
        since: since === undefined ? null : formatTime(since),
        reported_at: reportedAt === undefined ? null : formatTime(reportedAt),
        duplicate_name: hasDuplicateName,
      })),
      entries: entries.slice(0, MAX_ENTRIES),
      more: Math.max(0, entries.length - MAX_ENTRIES),
    };
    return json(200, body);
  };

// Each has up to a kilobyte, and Lambda answers at most 6 MB.
const MAX_ENTRIES = 3_000;
