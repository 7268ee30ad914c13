import { type CatalogKind, isPolicy } from "../../../contract/catalog.ts";
import type { JobResponse } from "../../../contract/policy-answers.ts";
import { DEFAULT_IMPACT_DAYS, ImpactBody } from "../../../contract/policy-requests.ts";
import type { Fault } from "../../../contract/problems.ts";
import { NoQuery } from "../../../contract/queries.ts";
import { DOWNLOADS_PREFIX } from "../../../contract/report-names.ts";
import type { LargeAnswer } from "../../../contract/responses.ts";
import { DAY_MS, dayOf, type EpochMs, formatTime, MINUTE_MS, SECOND_MS, startOf } from "../../../contract/time.ts";
import { impactAnswer, isServedByRollups } from "../../../policies/impact.ts";
import type { ReportStore } from "../../../store/report-store.ts";
import { actorOf } from "../../actor.ts";
import type { Endpoint } from "../../handler.ts";
import { parseBody, parseQuery } from "../../parse.ts";
import { pathId } from "../../path-id.ts";
import { ApiProblem, badRequest } from "../../problem.ts";
import { type ApiResponse, json } from "../../response.ts";
import type { Runtime } from "../../runtime.ts";
import { draftFaults, entryOfDraft } from "./drafts.ts";
import { type ImpactJob, isDone, newImpactJob, readImpactJob, saveImpactJob, workOnImpact } from "./impact-job.ts";
import { rollupImpact } from "./rollup-impact.ts";

/** How long the link to a result works. */
const LINK_SECONDS = (15 * MINUTE_MS) / SECOND_MS;

/**
 * `POST /api/v1/policies/impact`: what a draft would have done to the sessions of the last days. 200 with the answer where the
 * sums of days serve, else 202 with a job.
 */
export const postImpact =
  (runtime: Runtime): Endpoint =>
  async (request, call) => {
    const { draft, days = DEFAULT_IMPACT_DAYS, each_session: eachSession } = parseBody(request, ImpactBody);
    const faults = [...kindFaults(draft.kind), ...draftFaults(draft, "draft")];
    if (faults.length > 0) throw badRequest(faults);
    const today = startOf(dayOf(call.now));
    const period = { from: today - (days - 1) * DAY_MS, to: today + DAY_MS };
    const entry = entryOfDraft(draft);
    if (eachSession !== true && isServedByRollups(entry))
      return json(200, impactAnswer(await rollupImpact(runtime.table, entry, period), period));
    const job = newImpactJob({ id: runtime.newId(), owner: actorOf(call), draft: entry, ...period });
    await saveImpactJob(runtime.table, job, call.now);
    // Relative to this route, so that it is right behind a prefix, too.
    return json(202, jobBody(job), { location: `../jobs/${job.id}` });
  };

const kindFaults = (kind: CatalogKind): Fault[] =>
  isPolicy(kind) ? [] : [{ path: "draft.kind", message: "must be MirrordPolicy or MirrordClusterPolicy" }];

/**
 * `GET /api/v1/jobs/{id}`: reads on for some seconds. 200 while it runs, then 303 to the result. Only who made the job can read
 * it. Two requests at once do the same step, and one of them counts.
 */
export const getJob =
  (runtime: Runtime, reports: ReportStore): Endpoint =>
  async (request, call) => {
    parseQuery(request, NoQuery);
    const job = await readImpactJob(runtime.table, pathId(call), call.now);
    if (job === undefined || job.owner !== actorOf(call))
      throw new ApiProblem("NotFound", "No job has this id. A job is kept for a day, for the one who made it");
    // HEAD changes nothing.
    const isHead = request.method === "HEAD";
    if (isDone(job)) return result(reports, job, call.now, request.id, isHead);
    if (isHead) return json(200, jobBody(job));
    const worked = await workOnImpact(runtime.table, job, runtime.now);
    const isSaved = await saveImpactJob(runtime.table, worked, call.now);
    if (!isSaved) return json(200, jobBody(job));
    return isDone(worked) ? result(reports, worked, call.now, request.id, false) : json(200, jobBody(worked));
  };

const jobBody = ({ id, sessions, day }: ImpactJob): JobResponse => ({
  job: { id, state: "running", sessions, day: dayOf(day) },
});

const result = async (
  reports: ReportStore,
  job: ImpactJob,
  now: EpochMs,
  requestId: string,
  isHead: boolean,
): Promise<ApiResponse> => {
  const body = JSON.stringify(impactAnswer(job.impact, job));
  const name = `${DOWNLOADS_PREFIX}${dayOf(now)}/${job.id}/impact.json`;
  if (!isHead) await reports.put(name, { contentType: "application/json", body });
  const { url, expiresAt } = await reports.link(name, now, LINK_SECONDS);
  const found: LargeAnswer = {
    type: "about:blank",
    title: "See Other",
    status: 303,
    detail: "The job is done. Fetch its result from location, without the credential, before expires_at",
    location: url,
    expires_at: formatTime(expiresAt),
    bytes: Buffer.byteLength(body),
    request_id: requestId,
  };
  return {
    status: 303,
    headers: { "content-type": "application/problem+json", location: url },
    body: JSON.stringify(found),
  };
};
