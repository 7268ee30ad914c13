import { DAY_MS, type EpochMs, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/contract/time.ts";
import { createRandom, type Random } from "./random.ts";
import { type Cluster, createClusters, type Target } from "./team/clusters.ts";
import { type Client, createMembers, createRunners, type Member } from "./team/people.ts";
import type { PlannedSession } from "./team/planned.ts";
import { sharePorts } from "./team/ports.ts";

export type Team = {
  seed: string;
  members: readonly Member[];
  runners: readonly Client[];
  clusters: readonly Cluster[];
};

export type TeamSize = { users: number; operators: number; runners: number };

export const createTeam = (seed: string, { users, operators, runners }: TeamSize): Team => ({
  seed,
  members: createMembers(seed, users, operators),
  runners: createRunners(seed, runners),
  clusters: createClusters(operators),
});

/** People work between these hours, UTC, as offsets from midnight in milliseconds. */
export const WORK_BEGINS_MS = 8 * HOUR_MS;
export const WORK_ENDS_MS = 18.5 * HOUR_MS;
export const LUNCH_MS = 45 * MINUTE_MS;

/**
 * The sessions of a team on the day that begins at `midnight` (UTC), sorted by start. They depend on seed and day only.
 *
 * People work Monday to Friday between `WORK_BEGINS_MS` and `WORK_ENDS_MS`, start nothing during their lunch, and are on one of their
 * machines at a time; two sessions of one machine overlap only on different targets. CI runs around the clock, less at
 * night, one job at a time on each runner; a job of the late evening may end after midnight. No two sessions hold the same
 * port of the same target unfiltered at the same time.
 */
export const planDay = (team: Team, midnight: EpochMs): PlannedSession[] => {
  const random = (who: string): Random => createRandom(`${team.seed}/${midnight}/${who}`);
  const weekday = new Date(midnight).getUTCDay();
  const people = weekday === 0 || weekday === 6 ? [] : team.members;
  const sessions = [
    ...people.flatMap((member, index) => planMember(team, member, midnight, random(`member/${index}`))),
    ...team.runners.flatMap((runner, index) => planRunner(team, runner, midnight, random(`runner/${index}`))),
  ];
  return sharePorts(sessions.sort((a, b) => a.startsAt - b.startsAt));
};

/** The plans of the days in a span of time, one by one, so that years of a large team are never in memory at once. */
export function* planDays(team: Team, from: EpochMs, to: EpochMs): Generator<PlannedSession[]> {
  // A day earlier, for the job that runs past midnight.
  const first = Math.floor(from / DAY_MS) * DAY_MS - DAY_MS;
  for (let midnight = first; midnight < to; midnight += DAY_MS) {
    const sessions = planDay(team, midnight).filter(({ startsAt, endsAt }) => endsAt > from && startsAt < to);
    if (sessions.length > 0) yield sessions;
  }
}

const planMember = (team: Team, member: Member, midnight: EpochMs, random: Random): PlannedSession[] => {
  if (random.chance(0.1)) return [];
  const lunch = { from: midnight + member.habits.lunchAt, to: midnight + member.habits.lunchAt + LUNCH_MS };
  const home = midnight + member.habits.endsAt;
  const branch = branchName(random);
  const sessions: PlannedSession[] = [];
  let time = midnight + member.habits.startsAt + gap(random);
  while (time < home) {
    if (time >= lunch.from && time < lunch.to) time = lunch.to + gap(random) / 2;
    const beforeLunch = time < lunch.from;
    const wanted = time + clamp(random.logNormal(18 * MINUTE_MS, 0.9), 20 * SECOND_MS, 3 * HOUR_MS);
    // Most people stop for lunch; some leave the session running.
    const end = Math.floor(beforeLunch && random.chance(0.7) ? Math.min(wanted, lunch.from) : wanted);
    if (end > home) break;
    const session = personSession(team, member, { startsAt: Math.floor(time), endsAt: end, branch }, random);
    sessions.push(session, ...(random.chance(0.08) ? parallelSession(team, session, random) : []));
    time = end + gap(random);
  }
  return sessions;
};

const personSession = (
  team: Team,
  member: Member,
  when: Pick<PlannedSession, "startsAt" | "endsAt" | "branch">,
  random: Random,
): PlannedSession => {
  const cluster = random.chance(0.8) ? member.homeCluster : random.integer(0, team.clusters.length - 1);
  const client = random.chance(0.75) ? member.machines[0] : random.pick(member.machines);
  if (client === undefined) throw new RangeError(`${member.name} has no machine`);
  return {
    ...when,
    cluster,
    client,
    target: random.pick(targetsOf(team, cluster)),
    ci: false,
    key: random.chance(0.3) ? client.username : undefined,
    lockedPorts: random.chance(0.6)
      ? [{ port: random.pick([80, 443, 8080, 9090]), kind: random.pick(["steal", "mirror"]) }]
      : [],
    portsChange: random.chance(0.1)
      ? { at: Math.floor((when.startsAt + when.endsAt) / 2), lockedPorts: [{ port: 3_000, kind: "mirror" }] }
      : undefined,
  };
};

// Two services of one change, run side by side: a second session of the machine, on another target, within the first.
const parallelSession = (team: Team, session: PlannedSession, random: Random): PlannedSession[] => {
  const others = targetsOf(team, session.cluster).filter(({ name }) => name !== session.target.name);
  const startsAt = Math.floor(session.startsAt + (session.endsAt - session.startsAt) * 0.1);
  return [{ ...session, target: random.pick(others), startsAt, lockedPorts: [], portsChange: undefined }];
};

const planRunner = (team: Team, client: Client, midnight: EpochMs, random: Random): PlannedSession[] => {
  // Each runner's day is shifted by twenty minutes, so that jobs run across midnight without meeting the next day's.
  const close = midnight + DAY_MS + 20 * MINUTE_MS;
  const sessions: PlannedSession[] = [];
  let time = midnight + 20 * MINUTE_MS + jobGap(midnight, midnight, random);
  while (time < close) {
    const endsAt = Math.floor(time + clamp(random.logNormal(5 * MINUTE_MS, 0.6), 30 * SECOND_MS, 40 * MINUTE_MS));
    if (endsAt > close) break;
    const cluster = random.integer(0, team.clusters.length - 1);
    const target = random.pick(targetsOf(team, cluster));
    const branch = branchName(random);
    sessions.push({
      cluster,
      client,
      target,
      startsAt: Math.floor(time),
      endsAt,
      ci: true,
      key: `ci-${random.integer(1_000, 9_999)}`,
      branch,
      lockedPorts: [],
      portsChange: undefined,
    });
    time = endsAt + jobGap(endsAt, midnight, random);
  }
  return sessions;
};

const targetsOf = (team: Team, cluster: number): readonly Target[] => team.clusters[cluster]?.targets ?? [];

const gap = (random: Random): number => clamp(random.logNormal(22 * MINUTE_MS, 0.8), 30 * SECOND_MS, 3 * HOUR_MS);

const jobGap = (time: EpochMs, midnight: EpochMs, random: Random): number => {
  const offset = time - midnight;
  const busy = offset >= WORK_BEGINS_MS && offset < WORK_ENDS_MS;
  return clamp(random.logNormal((busy ? 20 : 90) * MINUTE_MS, 0.7), MINUTE_MS, 6 * HOUR_MS);
};

const PROJECTS = ["SHOP", "PAY", "AUTH", "OPS"];
const SUBJECTS = [
  "retry-checkout",
  "rate-limits",
  "token-refresh",
  "bulk-import",
  "flaky-test",
  "audit-log",
  "currency-rounding",
];
const branchName = (random: Random): string =>
  `${random.pick(["feat", "fix", "chore"])}/${random.pick(PROJECTS)}-${random.integer(100, 2_999)}-${random.pick(SUBJECTS)}`;

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);
