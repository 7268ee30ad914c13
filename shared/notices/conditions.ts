import { DAY_MS, type EpochMs, HOUR_MS, SECOND_MS } from "../contract/time.ts";
import type { LicenseHolding } from "../licensing/license-source.ts";
import { isInForce } from "../licensing/status.ts";
import { clusterOf, staleOperators } from "../operators/stale.ts";
import type { Watched } from "./due.ts";
import type { NotedJob } from "./job-runs.ts";
import { seatPercents } from "./seat-notices.ts";

export const CONDITION_KINDS = [
  "license.unusable",
  "license.fallback",
  "license.ending",
  "seats.used",
  "operators.stale",
  "days.late",
  "report.missed",
  "job.not_run",
] as const;
export type ConditionKind = (typeof CONDITION_KINDS)[number];

/** Something that lasts and that people should know of. `subject` is what it is about: a cluster, a job, a percentage. */
export type Condition = { kind: ConditionKind; subject: string };

/** How late the jobs and their results are. */
export type Lateness = {
  /** Undefined if no report is scheduled. */
  reportOverdueSeconds: number | undefined;
  dayCloseLagSeconds: number;
  lastRuns: ReadonlyMap<NotedJob, EpochMs>;
};

/** The conditions that hold at a moment. What is of a kind in `unknown` can be neither confirmed nor denied. */
export type Judged = { holding: Condition[]; unknown: ReadonlySet<ConditionKind> };

/** Closing a day takes minutes: after this long it is late. */
const DAY_LATE_SECONDS = (6 * HOUR_MS) / SECOND_MS;
/** The hourly jobs have missed three runs after this long. */
const JOB_LATE_MS = 3 * HOUR_MS;

/** Decides which conditions hold. Pure. */
export const conditionsOf = (watched: Watched, license: LicenseHolding, late: Lateness, now: EpochMs): Judged => {
  const { reportOverdueSeconds = 0, dayCloseLagSeconds, lastRuns } = late;
  const stale = new Set(staleOperators(watched.operators, watched.staleMs, now).map(clusterOf));
  const lateJobs = [...lastRuns].filter(([, ranAt]) => now - ranAt > JOB_LATE_MS);
  return {
    holding: [
      ...ofLicense(license, watched, now),
      ...ofSeats(watched),
      ...[...stale].map((subject): Condition => ({ kind: "operators.stale", subject })),
      ...only(dayCloseLagSeconds >= DAY_LATE_SECONDS, "days.late"),
      ...only(reportOverdueSeconds > 0, "report.missed"),
      ...lateJobs.map(([subject]): Condition => ({ kind: "job.not_run", subject })),
    ],
    unknown: new Set(license.kind === "held" ? [] : ["license.ending", "seats.used"]),
  };
};

// An expired license has notices of its own, every day.
const ofLicense = (holding: LicenseHolding, { thresholds }: Watched, now: EpochMs): Condition[] => {
  if (holding.kind !== "held") return only(true, "license.unusable");
  const { license, fallback } = holding;
  const isOver = now >= license.expiresAt;
  const isEnding = license.expiresAt - now <= Math.max(...thresholds.licenseDays) * DAY_MS;
  return [
    ...only(!isOver && !isInForce(license, now), "license.unusable"),
    ...only(fallback !== undefined, "license.fallback"),
    ...(isEnding ? [{ kind: "license.ending", subject: license.fingerprint } as const] : []),
  ];
};

const ofSeats = ({ held, thresholds }: Watched): Condition[] => {
  if (held === undefined || held.book.max === null) return [];
  return seatPercents(held.book.max, held.claimed, thresholds).map((percent) => ({
    kind: "seats.used",
    subject: String(percent),
  }));
};

const only = (isSo: boolean, kind: ConditionKind): Condition[] => (isSo ? [{ kind, subject: "" }] : []);
