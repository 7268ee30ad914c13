import { expect } from "vitest";
import type { Item } from "../../shared/store/table.ts";
import { expectSuccess } from "./answers.ts";
import type { App } from "./app.ts";
import { storedItems } from "./stored.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** What the design says of a day, worked out the plain way from the sessions and the audit. */
export type DayTruth = {
  sessions: number;
  seconds: number;
  ciSessions: number;
  ciSeconds: number;
  previewSessions: number;
  previewSeconds: number;
  activeUsers: { machine: number; kubernetes: number };
  newUsers: { machine: number; kubernetes: number };
  peak: number;
  ciPeak: number;
  previewPeak: number;
  seatsClaimed: number;
  denials: number;
};

type Session = {
  kind: "user" | "ci" | "preview";
  machine: string;
  kubernetes: string;
  isOver: boolean;
  from: number;
  to: number;
  seconds: number;
};

export const dayText = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** The truth of every day from one on that begins before a time, from the table's sessions and audit. */
export const dayTruths = async (app: App, first: string, until: number): Promise<Map<string, DayTruth>> => {
  const items = await storedItems(app);
  const sessions = items.filter(({ pk }) => String(pk).startsWith("SESSION#")).map(sessionFrom);
  const audit = items.filter(({ pk }) => String(pk).startsWith("AUDIT#"));
  const truths = new Map<string, DayTruth>();
  for (let at = Date.parse(first); at < until; at += DAY)
    truths.set(dayText(at), truthOf(dayText(at), sessions, audit));
  return truths;
};

const truthOf = (day: string, sessions: readonly Session[], audit: readonly Item[]): DayTruth => {
  const of = (wanted: Session["kind"]) => sessions.filter(({ kind }) => kind === wanted);
  const [people, robots, previews] = [of("user"), of("ci"), of("preview")];
  const endedOn = (list: readonly Session[]) => list.filter(({ isOver, to }) => isOver && dayText(to) === day);
  const time = (list: readonly Session[]) => list.reduce((sum, { seconds }) => sum + seconds, 0);
  const users = (kind: "machine" | "kubernetes") => new Set(endedOn(people).map((session) => session[kind]));
  const isNew = (kind: "machine" | "kubernetes") => (user: string) =>
    !people.some((session) => session[kind] === user && dayOfEnd(session) < day);
  const news = (kind: "machine" | "kubernetes") => [...users(kind)].filter(isNew(kind)).length;
  const count = (...actions: string[]) =>
    audit.filter(({ pk, action }) => pk === `AUDIT#${day}` && actions.includes(String(action))).length;
  return {
    sessions: endedOn(people).length,
    seconds: time(endedOn(people)),
    ciSessions: endedOn(robots).length,
    ciSeconds: time(endedOn(robots)),
    previewSessions: endedOn(previews).length,
    previewSeconds: time(endedOn(previews)),
    activeUsers: { machine: users("machine").size, kubernetes: users("kubernetes").size },
    newUsers: { machine: news("machine"), kubernetes: news("kubernetes") },
    peak: mostAtOnce(people, Date.parse(day)),
    ciPeak: mostAtOnce(robots, Date.parse(day)),
    previewPeak: mostAtOnce(previews, Date.parse(day)),
    seatsClaimed: count("seat.claimed", "seat.overage"),
    denials: count("seat.denied"),
  };
};

const dayOfEnd = ({ isOver, to }: Session): string => (isOver ? dayText(to) : "9999");

/** The most that run at one moment of a day: it is reached when the day or one of them begins. */
export const mostAtOnce = (sessions: readonly { from: number; to: number }[], dayStart: number): number => {
  const moments = [dayStart, ...sessions.map(({ from }) => from)].filter((at) => at >= dayStart && at < dayStart + DAY);
  const runAt = (at: number) => sessions.filter(({ from, to }) => from <= at && at < to).length;
  return Math.max(...moments.map(runAt));
};

const sessionFrom = (item: Item): Session => {
  const client = item["client"] as Record<string, string>;
  const startedAt = Date.parse(String(item["startedAt"]));
  return {
    kind: item["kind"] === "preview" ? "preview" : item["ci"] === true ? "ci" : "user",
    machine: client["id"] ?? "",
    kubernetes: client["kubernetesUsername"] ?? "",
    from: startedAt,
    isOver: item["state"] !== "live",
    to:
      item["state"] === "live"
        ? startedAt + (item["kind"] === "preview" ? 366 : 35) * DAY
        : Date.parse(String(item["endedAt"])),
    seconds: Number(item["seconds"] ?? 0),
  };
};

/** Lets the job run until nothing is left to do: marks must be some minutes old before they go. */
export const closeAll = async (app: App): Promise<void> => {
  app.clock.now += 16 * MINUTE;
  await app.invoke("dayClose");
  app.clock.now += 6 * MINUTE;
  expect(await app.invoke("dayClose"), "the job's second run").toMatchObject({ left: 0 });
};

/** Asserts that every day that is over is closed, that nothing is left to do, and that all numbers are the truth. */
export const expectClosedDays = async (app: App): Promise<void> => {
  const items = await storedItems(app);
  expect(items.filter(({ sk }) => sk === "DIRTY").map(({ pk }) => pk)).toEqual([]);
  const closed = new Map<string, unknown>();
  const newOn = (kind: string, day: string) =>
    items.filter(({ pk, firstDay }) => pk === `USERS#${kind}` && firstDay === day).length;
  for (const { pk, sk, v: _v, ...days } of items.filter((item) => item["sk"] === "STATS"))
    for (const [field, stats] of Object.entries(days)) {
      const day = `${String(pk).slice(6)}-${field.slice(1)}`;
      const { earliestStart: _earliest, asOf: _asOf, ...figures } = stats as Item;
      closed.set(day, {
        ...figures,
        newUsers: { machine: newOn("machine", day), kubernetes: newOn("kubernetes", day) },
      });
    }
  const first = [...closed.keys()].sort()[0];
  expect(first, "a closed day").toBeDefined();
  const truths = await dayTruths(app, first ?? "", lastClosed(app));
  // Before the server's beginning, a day on which nothing happened needs no closing.
  const beginning = (await firstOfServer(app)) ?? "";
  for (const [day, truth] of truths) if (day < beginning && !closed.has(day) && isIdle(truth)) truths.delete(day);
  expect(Object.fromEntries([...closed].sort())).toEqual(Object.fromEntries(truths));
};

const isIdle = ({ sessions, ciSessions, previewSessions, peak, ciPeak, previewPeak }: DayTruth): boolean =>
  sessions + ciSessions + previewSessions + peak + ciPeak + previewPeak === 0;

// A day that has been over for ten minutes is closed.
const lastClosed = (app: App): number => app.clock.now - DAY - 10 * MINUTE + 1;

/**
 * Asserts that trends tell the truth of each day up to now. `closed`: those of days that are over with their peaks, and new
 * users, which while days are open are known in part only; otherwise a peak may be missing, but not wrong.
 */
export const expectTrends = async (app: App, mode: string, { closed }: { closed: boolean }): Promise<void> => {
  const answer = await app.call("GET", "/api/v1/reports/usage/trends?days=60");
  const { days } = expectSuccess("usageTrends", answer);
  const truths = await dayTruths(app, days[0]?.date ?? "", app.clock.now);
  const kind = mode === "KubernetesUser" ? "kubernetes" : "machine";
  const open = dayText(app.clock.now - 10 * MINUTE);
  expect(days.map(({ date }) => date)).toEqual([...truths.keys()]);
  const first = (await firstOfServer(app)) ?? "";
  for (const day of days) {
    const truth = truths.get(day.date);
    if (truth === undefined || day.date < first) continue;
    const peaks = closed && day.date < open ? [truth.peak, truth.ciPeak] : [null, null];
    const shown = [day.maxConcurrentSessions, day.maxConcurrentCiSessions];
    if (!closed && shown[0] !== null) expect(shown, day.date).toEqual([truth.peak, truth.ciPeak]);
    else expect(shown, day.date).toEqual(peaks);
    if (closed) expect(day.newUsers, `new users of ${day.date}`).toBe(truth.newUsers[kind]);
    expect(day).toMatchObject({
      sessionCount: truth.sessions,
      sessionTimeSeconds: truth.seconds,
      ciSessionCount: truth.ciSessions,
      ciSessionTimeSeconds: truth.ciSeconds,
      previewCount: truth.previewSessions,
      previewTimeSeconds: truth.previewSeconds,
      activeUsers: truth.activeUsers[kind],
      seatsClaimed: truth.seatsClaimed,
      denials: truth.denials,
    });
  }
};

// The first day with a license; without any, the first month with usage.
const firstOfServer = async (app: App): Promise<string | undefined> => {
  const items = await storedItems(app);
  const seen = items
    .filter(({ pk, firstSeen }) => pk === "LICENSE" && firstSeen !== undefined)
    .map((item) => String(item["firstSeen"]).slice(0, 10));
  const since = items.filter(({ sinceMonth }) => sinceMonth !== undefined).map((item) => `${item["sinceMonth"]}-01`);
  return (seen.length > 0 ? seen : since).sort()[0];
};
