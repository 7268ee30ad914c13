/** Refused demand, from the specification's words alone, within one billing period. */

const DAY = 86_400_000;
export const MAX_SEATS = 2;

/** A session's start, as it is asked for; of one that is asked for again the id is the same. */
export type Try = { at: number; user: string; sessionId: string };

/** The first users of the period have the seats. */
export const holders = (tried: readonly Try[], at: number): Set<string> =>
  new Set([...new Set(tried.filter((one) => one.at <= at).map(({ user }) => user))].slice(0, MAX_SEATS));

export const expectedDenials = (tried: readonly Try[], from: number, to: number) => {
  const held = holders(tried, Number.POSITIVE_INFINITY);
  const denied = tried.filter(({ user, at }) => !held.has(user) && at >= from && at < to);
  const entries = [...Map.groupBy(denied, ({ user, at }) => `${dayOf(at)} ${user}`).values()].map((together) => ({
    day: dayOf(together[0]?.at ?? 0),
    kubernetes_username: `${together[0]?.user}@example.com`,
    client_hostname: `${together[0]?.user}-laptop`,
    client_username: together[0]?.user,
    // A retry of the same session does not count.
    denials: new Set(together.map(({ sessionId }) => sessionId)).size,
    first_at: new Date(Math.min(...together.map(({ at }) => at))).toISOString(),
    last_at: new Date(Math.max(...together.map(({ at }) => at))).toISOString(),
  }));
  // Who was refused would have kept the seat to the period's end, had there been one: with as many seats as there were
  // different users in the period by then, nobody is refused on a day.
  const needed = Array.from({ length: Math.ceil((to - from) / DAY) }, (_, day) => from + day * DAY)
    .map((day) => new Set(tried.filter(({ at }) => at < day + DAY).map(({ user }) => user)).size)
    // A day before anybody asked for a seat is no day with use.
    .filter((users) => users > 0)
    .sort((one, other) => one - other);
  const enoughFor = (share: number): number => needed[Math.ceil(share * needed.length) - 1] ?? 0;
  const enough = { p50: enoughFor(0.5), p95: enoughFor(0.95), max: enoughFor(1) };
  return {
    max_seats: MAX_SEATS,
    denials: entries.reduce((sum, { denials }) => sum + denials, 0),
    users: new Set(denied.map(({ user }) => user)).size,
    entries,
    seats_enough: enough.max === 0 ? null : enough,
  };
};

export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
