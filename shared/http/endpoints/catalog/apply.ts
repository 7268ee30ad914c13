import {
  ALL_CLUSTERS,
  CatalogApplyBody,
  type CatalogChangeInput,
  MAX_CATALOG_BODY_BYTES,
} from "../../../contract/catalog.ts";
import type { CatalogApplyResponse } from "../../../contract/catalog-answers.ts";
import type { Fault } from "../../../contract/problems.ts";
import { changeCatalog } from "../../../policies/catalog/commit.ts";
import { entryText } from "../../../policies/catalog/entry.ts";
import type { WantedChange } from "../../../policies/catalog/plan.ts";
import type { Endpoint } from "../../handler.ts";
import { parseBody } from "../../parse.ts";
import { badRequest } from "../../problem.ts";
import { json } from "../../response.ts";
import type { Runtime } from "../../runtime.ts";
import { catalogCall, catalogDeps, clustersFor } from "./deps.ts";
import { refusalProblem } from "./refusal-problem.ts";
import { shownResult } from "./shown.ts";

/** `POST /api/v1/catalog/apply`: several changes in one transaction, so all of them or none. */
export const applyChanges =
  (runtime: Runtime): Endpoint =>
  async (request, call) => {
    const { changes, dry_run: dryRun = false } = parseBody(request, CatalogApplyBody, {
      maxBytes: MAX_CATALOG_BODY_BYTES,
    });
    const wanted = changes.map(wantedOf);
    const repeated = repeatedFaults(wanted);
    if (repeated.length > 0) throw badRequest(repeated);
    call.note({ changes: wanted.length });
    const plan = await changeCatalog(catalogDeps(runtime), wanted, catalogCall(call), {
      dryRun,
      readClusters: () =>
        clustersFor(
          runtime,
          wanted.flatMap((change) => (change.action === "put" ? [change.content] : [])),
        ),
    });
    if (plan.kind === "refused")
      throw refusalProblem(plan.refusal, wanted, (index, field) => `changes.${index}.${field}`);
    const body: CatalogApplyResponse = {
      revision: plan.revision,
      results: plan.results.map((result) => shownResult(result, dryRun)),
    };
    return json(200, body);
  };

const wantedOf = (change: CatalogChangeInput): WantedChange => {
  const { action, kind, name, namespace = null, spec = {}, clusters = [ALL_CLUSTERS], if_match: ifMatch } = change;
  const id = { kind, name, namespace };
  if (action === "delete") return { ...id, action, ifMatch };
  const content = { spec, clusters, allowUnknown: change.allow_unknown ?? false };
  return { ...id, action, content, force: change.force ?? false, ifMatch };
};

const repeatedFaults = (wanted: readonly WantedChange[]): Fault[] => {
  const names = wanted.map(entryText);
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    return first === index
      ? []
      : [{ path: `changes.${index}`, message: `changes ${name}, which changes.${first} does already` }];
  });
};
