import type { Settled } from "./settle.ts";

/**
 * The usage report, added up session by session in memory, from the specification's words alone: a session counts in the
 * period in which it ended, `from <= ended_at < to`; live ones are in no sum.
 */

const DAY = 86_400_000;

export type PrimaryKey = "machine_id" | "username" | "client_username" | "client_hostname" | "person";
export type Query = { from?: number | undefined; to?: number | undefined; primaryKey: PrimaryKey };

export type Sums = { sessions: number; seconds: number };
export type Span = { first: number; last: number };

export type ExpectedUsage = {
  allTime: Sums & { ci: number };
  ci: Sums & { running: number; meanSeconds: number };
  users: Map<string, Sums & Span & { meanSeconds: number; daily: number }>;
  /** By namespace, kind and name. */
  targets: Map<string, Sums & { users: number }>;
  /** By user, namespace, kind, name, and whether it was CI. */
  activity: Map<string, Sums & Span>;
};

type Ended = Settled & { endedAt: number };

export const expectedUsage = (settled: readonly Settled[], query: Query, now: number): ExpectedUsage => {
  const ended = settled.filter((session): session is Ended => session.endedAt !== undefined);
  const counted = ended.filter(({ endedAt }) => endedAt >= (query.from ?? -Infinity) && endedAt < endOf(query, now));
  const people = counted.filter(({ ci }) => !ci);
  const ci = counted.filter((session) => session.ci);
  const everyone = ended.filter((session) => !session.ci);
  const userOf = ({ person }: Settled): string =>
    query.primaryKey === "person"
      ? person.kubernetesUsername || person.clientUsername || person.machineId
      : person[FIELD[query.primaryKey]];
  // Calendar days, both ends included: from the later of `from` and the user's first activity, to the earlier of the last
  // moment before `to` and today. At least one.
  const day = (time: number): number => Math.floor(time / DAY);
  const daysOf = (sessions: readonly Ended[]): number => {
    const first = day(Math.max(query.from ?? -Infinity, span(sessions).first));
    return Math.max(1, Math.min(day((query.to ?? now) - 1), day(now)) - first + 1);
  };
  return {
    allTime: { ...sums(everyone), ci: ended.length - everyone.length },
    ci: {
      ...sums(ci),
      running: settled.filter((session) => session.ci && session.endedAt === undefined).length,
      meanSeconds: mean(ci),
    },
    users: group(people, userOf, (sessions) => ({
      ...sums(sessions),
      ...span(sessions),
      meanSeconds: mean(sessions),
      daily: sessions.length / daysOf(sessions),
    })),
    targets: group(people, targetOf, (sessions) => ({
      ...sums(sessions),
      users: new Set(sessions.map(userOf)).size,
    })),
    activity: group(
      counted,
      (session) => [userOf(session), targetOf(session), session.ci].join(" | "),
      (sessions) => ({ ...sums(sessions), ...span(sessions) }),
    ),
  };
};

// At or after now the end of the report is that of today: what has ended by now, to the millisecond, is in it.
const endOf = ({ to }: Query, now: number): number =>
  to !== undefined && to < now ? to : Math.max(to ?? now, Math.floor(now / DAY) * DAY + DAY);

const FIELD = {
  machine_id: "machineId",
  username: "kubernetesUsername",
  client_username: "clientUsername",
  client_hostname: "clientHostname",
} as const;

const targetOf = ({ target }: Settled): string => [target.namespace, target.kind, target.name].join(" | ");

const group = <T>(
  sessions: readonly Ended[],
  keyOf: (session: Ended) => string,
  addUp: (sessions: readonly Ended[]) => T,
): Map<string, T> =>
  new Map([...Map.groupBy(sessions, keyOf)].map(([key, together]): [string, T] => [key, addUp(together)]));

// Each session counts its whole seconds.
const sums = (sessions: readonly Ended[]): Sums => ({
  sessions: sessions.length,
  seconds: sessions.reduce((sum, { startedAt, endedAt }) => sum + Math.floor((endedAt - startedAt) / 1_000), 0),
});

const span = (sessions: readonly Ended[]): Span => ({
  first: Math.min(...sessions.map(({ startedAt }) => startedAt)),
  last: Math.max(...sessions.map(({ endedAt }) => endedAt)),
});

const mean = (sessions: readonly Ended[]): number =>
  sessions.length === 0 ? 0 : sums(sessions).seconds / sessions.length;
