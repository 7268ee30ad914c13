import { parse } from "valibot";
import { describe, expect, it } from "vitest";
import { SessionStartBody } from "../../../shared/contract/requests.ts";
import { DAY_MS } from "../../../shared/contract/time.ts";
import { planMoment } from "../../../tools/simulate/live.ts";
import { createIds, draftOf } from "../../../tools/simulate/stage.ts";
import type { PlannedSession } from "../../../tools/simulate/team/planned.ts";
import { createTeam, LUNCH_MS, planDay, planDays, WORK_BEGINS_MS, WORK_ENDS_MS } from "../../../tools/simulate/team.ts";

const MONDAY = Date.parse("2026-11-16T00:00:00Z");
const WEEK = Array.from({ length: 7 }, (_, day) => MONDAY + day * DAY_MS);
const team = createTeam("seed", { users: 40, operators: 3, runners: 4 });
const sessions = WEEK.flatMap((day) => planDay(team, day));
const people = sessions.filter(({ ci }) => !ci);
const overlap = (a: PlannedSession, b: PlannedSession): boolean => a.startsAt < b.endsAt && b.startsAt < a.endsAt;
const pairs = (list: readonly PlannedSession[]): [PlannedSession, PlannedSession][] =>
  list.flatMap((a, i) =>
    list.slice(i + 1).flatMap((b): [PlannedSession, PlannedSession][] => (overlap(a, b) ? [[a, b]] : [])),
  );
const targetOf = ({ cluster, target }: PlannedSession): string =>
  `${cluster} ${target.namespace} ${target.kind} ${target.name}`;

describe("the team's plan", () => {
  it("is the same for the same seed and day, in whatever order days are asked for", () => {
    const again = createTeam("seed", { users: 40, operators: 3, runners: 4 });
    const backwards = [...WEEK].reverse().map((day) => planDay(again, day));
    expect(backwards.reverse().flat()).toEqual(sessions);
  });

  it("is another one for another seed", () => {
    const other = createTeam("other seed", { users: 40, operators: 3, runners: 4 });
    expect(planDay(other, MONDAY)).not.toEqual(planDay(team, MONDAY));
  });

  it("keeps people's sessions within the working hours of Monday to Friday", () => {
    expect(people.length).toBeGreaterThan(500);
    for (const { startsAt, endsAt } of people) {
      const midnight = Math.floor(startsAt / DAY_MS) * DAY_MS;
      expect([1, 2, 3, 4, 5]).toContain(new Date(startsAt).getUTCDay());
      expect(startsAt - midnight).toBeGreaterThanOrEqual(WORK_BEGINS_MS);
      expect(endsAt - midnight).toBeLessThanOrEqual(WORK_ENDS_MS);
    }
  });

  it("has nobody start a session during their lunch", () => {
    for (const member of team.members) {
      const ids = new Set(member.machines.map(({ id }) => id));
      const starts = people.filter(({ client }) => ids.has(client.id)).map(({ startsAt }) => startsAt % DAY_MS);
      const { lunchAt } = member.habits;
      // A second session beside a running one may begin then: that machine runs on while its user eats.
      const alone = starts.filter((time) => time >= lunchAt && time < lunchAt + LUNCH_MS);
      expect(alone.length).toBeLessThanOrEqual(2);
    }
  });

  it("never has a person on two machines at once", () => {
    for (const member of team.members) {
      const ids = new Set(member.machines.map(({ id }) => id));
      const own = people.filter(({ client }) => ids.has(client.id));
      expect(pairs(own).filter(([a, b]) => a.client.id !== b.client.id)).toEqual([]);
    }
  });

  it("never has a machine twice on the same target, nor a runner on two jobs", () => {
    const machines = Map.groupBy(sessions, ({ client }) => client.id);
    for (const own of machines.values()) {
      expect(pairs(own).filter(([a, b]) => a.ci || targetOf(a) === targetOf(b))).toEqual([]);
    }
  });

  it("never has two sessions hold the same port of a target unfiltered", () => {
    const holders = people.flatMap((session) =>
      session.lockedPorts
        .filter(({ kind, filter }) => kind === "steal" && filter === undefined)
        .map(({ port }) => ({ place: `${targetOf(session)} ${port}`, session })),
    );
    for (const group of Map.groupBy(holders, ({ place }) => place).values()) {
      expect(pairs(group.map(({ session }) => session))).toEqual([]);
    }
    expect(people.some(({ lockedPorts }) => lockedPorts.some(({ filter }) => filter !== undefined))).toBe(true);
  });

  it("runs CI at night and at weekends too, and across midnight", () => {
    const jobs = sessions.filter(({ ci }) => ci);
    expect(new Set(jobs.map(({ startsAt }) => new Date(startsAt).getUTCDay())).size).toBe(7);
    expect(jobs.some(({ startsAt }) => startsAt % DAY_MS < 6 * 3_600_000)).toBe(true);
    const year = Array.from({ length: 60 }, (_, day) => planDay(team, MONDAY + day * DAY_MS)).flat();
    expect(year.some(({ startsAt, endsAt }) => Math.floor(startsAt / DAY_MS) !== Math.floor(endsAt / DAY_MS))).toBe(
      true,
    );
  });

  it("spreads over clusters, namespaces and one to three machines a person", () => {
    expect(new Set(people.map(({ cluster }) => cluster)).size).toBe(3);
    expect(new Set(people.map(({ target }) => target.namespace)).size).toBeGreaterThan(2);
    expect(new Set(team.members.map(({ machines }) => machines.length))).toEqual(new Set([1, 2, 3]));
  });

  it("names every person and machine once, also in a large team", () => {
    const large = createTeam("seed", { users: 3_000, operators: 1, runners: 5 }).members;
    expect(new Set(large.map(({ name }) => name)).size).toBe(3_000);
    const machines = large.flatMap((member) => member.machines);
    expect(new Set(machines.map(({ id }) => id)).size).toBe(machines.length);
  });

  it("yields, for a span of time, exactly the sessions that overlap it", () => {
    const [from, to] = [MONDAY + 10 * 3_600_000, MONDAY + 35 * 3_600_000];
    const yielded = [...planDays(team, from, to)].flat();
    expect(yielded).toEqual(sessions.filter(({ startsAt, endsAt }) => endsAt > from && startsAt < to));
  });

  it("makes records that the server's decoder takes", () => {
    const ids = createIds("run");
    for (const session of sessions) {
      const draft = draftOf(session, ids("session"), session.startsAt);
      expect(parse(SessionStartBody, { ...draft, instance_id: "operator" }).started_at).toBe(session.startsAt);
    }
  });
});

describe("a live play", () => {
  it.each([
    ["2026-11-18T13:00:00Z", "2026-11-18T13:00:00Z", "now, in working hours"],
    ["2026-11-18T22:00:00Z", "2026-11-18T10:00:00Z", "at ten of the same day, in its evening"],
    ["2026-11-18T05:00:00Z", "2026-11-17T10:00:00Z", "at ten of the day before, in the early morning"],
    ["2026-11-22T12:00:00Z", "2026-11-20T10:00:00Z", "at ten on Friday, on a Sunday"],
    ["2026-11-23T05:00:00Z", "2026-11-20T10:00:00Z", "at ten on Friday, early on Monday"],
  ])("at %s begins %s: %s", (now, moment) => {
    expect(new Date(planMoment(Date.parse(now)))).toEqual(new Date(moment));
  });
});
