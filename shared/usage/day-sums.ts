import type { UserKind } from "../contract/keys.ts";
import type { EpochMs } from "../contract/time.ts";
import { userName } from "../contract/user-names.ts";
import type { DayStats, PreviewStats } from "./day-stats.ts";
import { kindOf, type UsageRow } from "./row.ts";

/** The sums of a day's rollups. */
export type DaySums = Pick<DayStats, "sessions" | "seconds" | "ciSessions" | "ciSeconds"> &
  Omit<PreviewStats, "previewPeak"> & {
    /** The people who had a session. */
    users: ActiveUsers;
    earliestStart: EpochMs;
  };

export type ActiveUsers = Record<UserKind, Set<string>>;

/** Sums the rows of a day, or of any period. Corrections leave rows without sessions: they are skipped. */
export const daySums = (rows: readonly UsageRow[]): DaySums => {
  const sums: DaySums = {
    ...{ sessions: 0, seconds: 0, ciSessions: 0, ciSeconds: 0, previewSessions: 0, previewSeconds: 0 },
    users: { machine: new Set(), kubernetes: new Set() },
    earliestStart: Number.POSITIVE_INFINITY,
  };
  for (const row of rows) {
    if (row.sessions === 0) continue;
    sums.earliestStart = Math.min(sums.earliestStart, row.firstStart);
    const kind = kindOf(row);
    if (kind === "ci") {
      sums.ciSessions += row.sessions;
      sums.ciSeconds += row.seconds;
    }
    if (kind === "preview") {
      sums.previewSessions += row.sessions;
      sums.previewSeconds += row.seconds;
    }
    if (kind !== "user") continue;
    sums.sessions += row.sessions;
    sums.seconds += row.seconds;
    sums.users.machine.add(row.machineId);
    sums.users.kubernetes.add(userName(row.kubernetesUsername));
  }
  return sums;
};
