import type { EvaluateResponse } from "../../../contract/policy-answers.ts";
import { type DraftEntry, EvaluateBody } from "../../../contract/policy-requests.ts";
import type { CatalogReader } from "../../../policies/catalog/read.ts";
import { evaluate } from "../../../policies/evaluate.ts";
import { answerProbes } from "../../../policies/probes.ts";
import type { Cluster, PolicyEntry } from "../../../policies/types.ts";
import type { Call, Endpoint } from "../../handler.ts";
import { parseBody } from "../../parse.ts";
import { badRequest } from "../../problem.ts";
import { json } from "../../response.ts";
import type { Runtime } from "../../runtime.ts";
import { draftFaults, entryOfDraft } from "./drafts.ts";

/** A body with drafts: each is as large as an entry. */
const MAX_BYTES = 1024 * 1024;

/** `POST /api/v1/policies/evaluate`: which policies apply to a session, and the verdict. Nothing is counted. */
export const postEvaluate =
  (runtime: Runtime, read: CatalogReader): Endpoint =>
  async (request, call) => {
    const input = parseBody(request, EvaluateBody, { maxBytes: MAX_BYTES });
    const drafts = input.drafts ?? [];
    const faults = drafts.flatMap((draft, index) => draftFaults(draft, `drafts.${index}`));
    if (faults.length > 0) throw badRequest(faults);
    const { revision, entries } = await catalogFor(runtime, read, call);
    const judged = withDrafts(entries, drafts);
    const cluster = await clusterOf(runtime, call, { id: input.cluster_id, name: input.cluster_name });
    const session = { cluster, target: input.target, facts: input.policy_facts };
    const body: EvaluateResponse = {
      revision,
      ...evaluate(judged, session),
      ...answerProbes(judged, session, input),
    };
    return json(200, body);
  };

/** A person gets an answer by the catalog as it is now. An operator gets one as its starts are judged: at most a minute old. */
const catalogFor = async (
  runtime: Runtime,
  read: CatalogReader,
  { principal, now }: Call,
): Promise<{ revision: number; entries: readonly PolicyEntry[] }> => {
  if (principal.kind === "lease") return runtime.catalog();
  const { revision, live } = await read(now);
  return { revision, entries: live };
};

const clusterOf = async (runtime: Runtime, { principal }: Call, named: Cluster): Promise<Cluster> =>
  principal.kind === "lease" ? runtime.clusters.of(principal.instanceId) : named;

const withDrafts = (entries: readonly PolicyEntry[], drafts: readonly DraftEntry[]): PolicyEntry[] => {
  const replacing = drafts.map(entryOfDraft);
  const isReplaced = (entry: PolicyEntry): boolean =>
    replacing.some(
      ({ kind, namespace, name }) => kind === entry.kind && namespace === entry.namespace && name === entry.name,
    );
  return [...entries.filter((entry) => !isReplaced(entry)), ...replacing];
};
