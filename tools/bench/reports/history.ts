import type { SessionEnded } from "../../../agent/wire/bodies.ts";
import { DAY_MS, type EpochMs, formatTime } from "../../../shared/contract/time.ts";
import type { PlannedSession } from "../../simulate/team/planned.ts";
import { createTeam, planDay, type Team } from "../../simulate/team.ts";

/** Who the history is of. */
export const TEAM = { users: 1_000, operators: 6, runners: 20 };

/** An ended session, whose operator is the one of its cluster. */
export type PastSession = { operator: number; endedAt: EpochMs; event: SessionEnded };

/**
 * So many sessions that ended in `from <= t < to`, whole days, the oldest day first: those of a year of a team's work, of
 * which each day keeps its part. Everybody works on a few targets, as people do. The same ones whenever asked.
 */
export function* pastSessions(count: number, from: EpochMs, to: EpochMs): Generator<PastSession> {
  const team = createTeam("report-bench", TEAM);
  const days = Array.from({ length: Math.round((to - from) / DAY_MS) }, (_, day) => from + day * DAY_MS);
  const wholeWeight = days.reduce((sum, day) => sum + weightOf(day), 0);
  let weight = 0;
  let made = 0;
  for (const day of days) {
    weight += weightOf(day);
    const wanted = Math.round((count * weight) / wholeWeight) - made;
    for (const planned of thinned(team, day, wanted)) {
      yield pastSession(team, planned, made);
      made += 1;
    }
  }
}

export const instanceOf = (operator: number): string => `report-bench-${operator}`;

/** Of weekends only CI is left. */
const weightOf = (day: EpochMs): number => ([0, 6].includes(new Date(day).getUTCDay()) ? 0.1 : 1);

const thinned = (team: Team, day: EpochMs, wanted: number): PlannedSession[] => {
  const planned = planDay(team, day).filter(({ endsAt }) => endsAt < day + DAY_MS);
  if (planned.length < wanted) throw new RangeError(`a day of this team has ${planned.length} sessions, not ${wanted}`);
  return Array.from(
    { length: wanted },
    (_, place) => planned[Math.floor((place * planned.length) / wanted)] as PlannedSession,
  );
};

const TARGETS_EACH = 4;

const pastSession = (team: Team, planned: PlannedSession, number: number): PastSession => {
  const { cluster, client, startsAt, endsAt, ci, key, branch, lockedPorts } = planned;
  const sessionId = `bench-${number}`;
  const targets = team.clusters[cluster]?.targets ?? [];
  const ownTarget =
    (Number.parseInt(Buffer.from(client.id).toString("hex", 0, 4), 16) + (startsAt % TARGETS_EACH)) % targets.length;
  return {
    operator: cluster,
    endedAt: endsAt,
    event: {
      session_id: sessionId,
      ended_at: formatTime(endsAt),
      reason: "stopped",
      start: {
        session_id: sessionId,
        instance_id: instanceOf(cluster),
        started_at: formatTime(startsAt),
        ci,
        ...(key === undefined ? {} : { key }),
        branch,
        client,
        target: targets[ownTarget] ?? planned.target,
        locked_ports: lockedPorts,
      },
    },
  };
};
