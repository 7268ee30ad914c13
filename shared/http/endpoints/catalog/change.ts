import { ALL_CLUSTERS, CatalogPutBody, CatalogRestoreBody, MAX_CATALOG_BODY_BYTES } from "../../../contract/catalog.ts";
import type { CatalogChangeResponse } from "../../../contract/catalog-answers.ts";
import { CatalogChangeQuery, CatalogEntryQuery } from "../../../contract/queries.ts";
import { changeCatalog } from "../../../policies/catalog/commit.ts";
import { entryText } from "../../../policies/catalog/entry.ts";
import { historyOf } from "../../../policies/catalog/history.ts";
import type { WantedChange } from "../../../policies/catalog/plan.ts";
import type { Call, Endpoint } from "../../handler.ts";
import { parseBodyAndQuery, parseQuery } from "../../parse.ts";
import { ApiProblem } from "../../problem.ts";
import { type ApiResponse, json } from "../../response.ts";
import type { Runtime } from "../../runtime.ts";
import { catalogCall, catalogDeps, clustersFor } from "./deps.ts";
import { entryIdFaults, entryIdOf } from "./entry-id.ts";
import { refusalProblem } from "./refusal-problem.ts";
import { shownResult } from "./shown.ts";

/** `PUT /api/v1/catalog/{kind}/{name}`: 201 if it is new, 200 if it is replaced or the same. */
export const putEntry =
  (runtime: Runtime): Endpoint =>
  async (request, call) => {
    const { body, query } = parseBodyAndQuery(request, CatalogPutBody, CatalogChangeQuery, {
      maxBytes: MAX_CATALOG_BODY_BYTES,
      faults: entryIdFaults(call, request),
    });
    const { spec, clusters = [ALL_CLUSTERS], allow_unknown: allowUnknown = false, force = false } = body;
    const change: WantedChange = {
      ...entryIdOf(call, query.namespace),
      action: "put",
      content: { spec, clusters, allowUnknown },
      force,
      ifMatch: request.header("if-match"),
    };
    return answerTo(runtime, call, change, query.dry_run);
  };

/** `DELETE /api/v1/catalog/{kind}/{name}`: 204, also if it is deleted already; a dry run is a 200. */
export const deleteEntry =
  (runtime: Runtime): Endpoint =>
  async (request, call) => {
    const query = parseQuery(request, CatalogChangeQuery, { faults: entryIdFaults(call, request) });
    const ifMatch = request.header("if-match");
    const change: WantedChange = { ...entryIdOf(call, query.namespace), action: "delete", ifMatch };
    const answer = await answerTo(runtime, call, change, query.dry_run);
    return query.dry_run ? answer : { status: 204, headers: {}, body: "" };
  };

/** `POST /api/v1/catalog/{kind}/{name}/restore`: an earlier generation becomes the newest one. */
export const restoreEntry =
  (runtime: Runtime): Endpoint =>
  async (request, call) => {
    const { body, query } = parseBodyAndQuery(request, CatalogRestoreBody, CatalogEntryQuery, {
      faults: entryIdFaults(call, request),
    });
    const id = entryIdOf(call, query.namespace);
    const generations = await historyOf(runtime.table, id);
    const wanted = generations.find(({ generation }) => generation === body.generation);
    if (wanted === undefined || wanted.deletedAt !== undefined)
      throw new ApiProblem(
        "NotFound",
        `The history of ${entryText(id)} has no generation ${body.generation} to restore. GET …/history lists what it has`,
      );
    const { spec, clusters, allowUnknown } = wanted;
    const change: WantedChange = {
      ...id,
      action: "put",
      content: { spec, clusters, allowUnknown },
      force: body.force ?? false,
      ifMatch: request.header("if-match"),
    };
    return answerTo(runtime, call, change, false);
  };

const answerTo = async (runtime: Runtime, call: Call, change: WantedChange, dryRun: boolean): Promise<ApiResponse> => {
  call.note({ entry: entryText(change) });
  const plan = await changeCatalog(catalogDeps(runtime), [change], catalogCall(call), {
    dryRun,
    readClusters: () => clustersFor(runtime, change.action === "put" ? [change.content] : []),
  });
  if (plan.kind === "refused") throw refusalProblem(plan.refusal, [change], pathOfOne);
  const [result] = plan.results;
  if (result === undefined) throw new Error("a change of the catalog has no result");
  const body: CatalogChangeResponse = { revision: plan.revision, ...shownResult(result, dryRun) };
  return json(result.outcome === "created" && !dryRun ? 201 : 200, body, { etag: result.entry.etag });
};

const pathOfOne = (_index: number, field: string): string => (field === "if_match" ? "header.if-match" : field);
