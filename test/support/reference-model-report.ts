const DAY = 24 * 60 * 60_000;

export type Person = { machineId: string; kubernetesUsername: string; clientUsername: string; clientHostname: string };
export type Target = { namespace: string; kind: string; name: string };
export type PrimaryKey = "machine_id" | "username" | "client_username" | "client_hostname";

/** Without `to`, up to now; without `from`, from the beginning. */
export type ReportQuery = { from?: number | undefined; to?: number | undefined; primaryKey: PrimaryKey };

export type EndedSession = { person: Person; target: Target; ci: boolean; startedAt: number; endedAt: number };

/** The numbers of a usage report that follow from its sessions. */
export type ModelReport = ReturnType<typeof reportOf>;

/** The usage report of `from <= ended < to`, added up session by session. */
export const reportOf = (all: readonly EndedSession[], query: ReportQuery, now: number) => {
  const to = query.to ?? now;
  // A report up to now or later takes today whole.
  const before = to >= now ? Math.max(Math.ceil(to / DAY) * DAY, Math.floor(now / DAY) * DAY + DAY) : to;
  const counted = all.filter(({ endedAt }) => endedAt >= (query.from ?? -Infinity) && endedAt < before);
  const people = counted.filter(({ ci }) => !ci);
  const ci = counted.filter((session) => session.ci);
  const userOf = ({ person }: EndedSession) => person[FIELDS[query.primaryKey]];
  // From the later of `from` and the user's first activity to the earlier of the last moment before `to` and today.
  const dayNumber = (time: number): number => Math.floor(time / DAY);
  const days = (sessions: readonly EndedSession[]): number => {
    const first = Math.min(...sessions.map(({ startedAt }) => startedAt));
    const from = Math.max(dayNumber(query.from ?? -Infinity), dayNumber(first));
    return Math.max(Math.min(dayNumber(to - 1), dayNumber(now)) - from + 1, 1);
  };
  const activity = groups(counted, (session) => ({
    identifier: userOf(session),
    ...session.target,
    ci: session.ci,
    sessionKind: session.ci ? "ci" : "user",
  }));
  const users = groups(people, (session) => ({ identifier: userOf(session) }));
  const targets = groups(people, ({ target }) => ({ ...target }));
  return {
    activeUsers: users.length,
    allTimeMetrics: {
      totalSessionCount: all.filter((session) => !session.ci).length,
      totalSessionTimeSeconds: time(all.filter((session) => !session.ci)),
      totalCiSessionCount: all.filter((session) => session.ci).length,
      totalPreviewCount: 0,
    },
    totalCiSessions: ci.length,
    avgCiSessionDurationSeconds: mean(ci),
    userMetrics: users.map(([name, sessions]) => ({
      ...name,
      ...span(sessions),
      ...sums(sessions),
      averageSessionDurationSeconds: mean(sessions),
      averageDailySessions: hundredths(sessions.length / days(sessions)),
    })),
    targetMetrics: targets.map(([name, sessions]) => ({
      ...name,
      ...sums(sessions),
      uniqueUsers: new Set(sessions.map(userOf)).size,
    })),
    activity: activity.map(([name, sessions]) => ({ ...name, ...span(sessions), ...sums(sessions) })),
  };
};

const FIELDS = {
  machine_id: "machineId",
  username: "kubernetesUsername",
  client_username: "clientUsername",
  client_hostname: "clientHostname",
} as const;

/** Sessions by a name of several parts; the groups of the longest time come first, then they go by their names. */
const groups = <TName extends Record<string, string | boolean>>(
  sessions: readonly EndedSession[],
  nameOf: (session: EndedSession) => TName,
): [TName, EndedSession[]][] => {
  const found = new Map<string, [TName, EndedSession[]]>();
  for (const session of sessions) {
    const name = nameOf(session);
    const group = found.get(JSON.stringify(name)) ?? [name, []];
    found.set(JSON.stringify(name), group);
    group[1].push(session);
  }
  return [...found.values()].sort(([nameA, a], [nameB, b]) => time(b) - time(a) || compare(nameA, nameB));
};

const compare = (a: Record<string, string | boolean>, b: Record<string, string | boolean>): number => {
  const [namesA, namesB] = [Object.values(a).map(String), Object.values(b).map(String)];
  const differing = namesA.findIndex((part, place) => part !== namesB[place]);
  if (differing === -1) return 0;
  return (namesA[differing] ?? "") < (namesB[differing] ?? "") ? -1 : 1;
};

/** Each session counts its whole seconds. */
const time = (sessions: readonly EndedSession[]): number =>
  sessions.reduce((sum, { startedAt, endedAt }) => sum + Math.floor((endedAt - startedAt) / 1_000), 0);

const mean = (sessions: readonly EndedSession[]): number =>
  sessions.length === 0 ? 0 : hundredths(time(sessions) / sessions.length);

const hundredths = (value: number): number => Math.round(value * 100) / 100;

const sums = (sessions: readonly EndedSession[]) => ({
  totalSessionCount: sessions.length,
  totalSessionTimeSeconds: time(sessions),
});

const span = (sessions: readonly EndedSession[]) => ({
  firstActive: new Date(Math.min(...sessions.map(({ startedAt }) => startedAt))).toISOString(),
  lastSeen: new Date(Math.max(...sessions.map(({ endedAt }) => endedAt))).toISOString(),
});
