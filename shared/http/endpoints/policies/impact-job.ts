import { endedList, ITEM_VERSION, impactJobKey } from "../../../contract/keys.ts";
import { DAY_MS, dayOf, type EpochMs, SECOND_MS, startOf } from "../../../contract/time.ts";
import { addSessions, type Impact, noImpact } from "../../../policies/impact.ts";
import type { PolicyEntry } from "../../../policies/types.ts";
import { sessionRecord } from "../../../sessions/record.ts";
import { isExpired } from "../../../store/expiry.ts";
import type { Item, Table } from "../../../store/table.ts";

/** A preview of the impact over sessions, as far as it is done. */
export type ImpactJob = {
  id: string;
  /** Who made it. Others cannot read it. */
  owner: string;
  draft: PolicyEntry;
  from: EpochMs;
  to: EpochMs;
  /** The next day to read, and where in it. `day` is at or after `to` once all is read. */
  day: EpochMs;
  startKey: Item | undefined;
  sessions: number;
  impact: Impact;
  /** How often it was saved. */
  step: number;
};

/** How long a job is kept. */
const KEPT_MS = DAY_MS;
/** A request for a job reads until this long after it began. */
const STEP_MS = 12 * SECOND_MS;

export const newImpactJob = (of: Pick<ImpactJob, "id" | "owner" | "draft" | "from" | "to">): ImpactJob => ({
  ...of,
  day: of.from,
  startKey: undefined,
  sessions: 0,
  impact: noImpact(),
  step: 0,
});

export const isDone = ({ day, to }: ImpactJob): boolean => day >= to;

/** Saves a step, unless another request has done the same step meanwhile. */
export const saveImpactJob = async (table: Table, job: ImpactJob, now: EpochMs): Promise<boolean> => {
  const { draft, impact, startKey, ...rest } = job;
  const outcome = await table.write({
    kind: "put",
    item: {
      ...impactJobKey(job.id),
      v: ITEM_VERSION,
      ...rest,
      work: JSON.stringify({ draft, impact, startKey }),
      expiresAt: Math.floor((now + KEPT_MS) / SECOND_MS),
    },
    condition:
      job.step === 0
        ? { expression: "attribute_not_exists(pk)" }
        : { expression: "step = :before", values: { ":before": job.step - 1 } },
  });
  return outcome.outcome === "written";
};

/** The job of that id; undefined if there is none. */
export const readImpactJob = async (table: Table, id: string, now: EpochMs): Promise<ImpactJob | undefined> => {
  const item = await table.get(impactJobKey(id), { consistent: true });
  if (item === undefined || isExpired(item, now)) return undefined;
  const { draft, impact, startKey } = JSON.parse(String(item["work"])) as Pick<
    ImpactJob,
    "draft" | "impact" | "startKey"
  >;
  return {
    id: String(item["id"]),
    owner: String(item["owner"]),
    from: Number(item["from"]),
    to: Number(item["to"]),
    day: Number(item["day"]),
    sessions: Number(item["sessions"]),
    step: Number(item["step"]),
    draft,
    impact,
    startKey,
  };
};

/** Reads sessions for some seconds. Returns the job as it is then, for saving. */
export const workOnImpact = async (table: Table, job: ImpactJob, now: () => EpochMs): Promise<ImpactJob> => {
  const until = now() + STEP_MS;
  const done = { ...job, impact: structuredClone(job.impact), step: job.step + 1 };
  while (!isDone(done)) {
    const page = await table.queryPage({
      partition: endedList(dayOf(done.day)),
      index: true,
      startKey: done.startKey,
    });
    for (const item of page.items) if (!isExpired(item, now())) addRecord(done, item);
    done.startKey = page.next;
    if (page.next === undefined) done.day = startOf(dayOf(done.day)) + DAY_MS;
    if (now() >= until) break;
  }
  return done;
};

const addRecord = (job: ImpactJob, item: Item): void => {
  const { clusterId, clusterName, target, policyFacts, targetLabels, copyTarget } = sessionRecord(item);
  job.sessions += 1;
  addSessions(job.impact, job.draft, {
    cluster: { id: clusterId, name: clusterName },
    target,
    facts: policyFacts,
    labels: targetLabels,
    copyTarget,
    sessions: 1,
  });
};
