import { createHash } from "node:crypto";
import { expect } from "vitest";
import type { Item } from "../../shared/store/table.ts";
import { periodStart } from "../e2e/model/reference.ts";
import type { App } from "./app.ts";
import { storedItems } from "./stored.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** What the design says of the seats of one day, worked out the plain way: forward from the first decision. */
export type SeatDayTruth = {
  held: number;
  overage: number;
  denials: number;
  max: number | null;
  trailingUsers: number | undefined;
  active: { machine: number; kubernetes: number };
  idle: Record<string, number>;
};

type Session = { id: string; machine: string; kubernetes: string; from: number; to: number };
type Decision = { at: number; action: string; seatId: string; book: string };
type File = { license: string; anchorDay: number; from: number; max: number | null; mode: string };

const dayText = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** The truth of each day that is over, from the first one on which the server had a license, by what its table holds. */
export const seatDayTruths = async (app: App, anchorDay?: number): Promise<Map<string, SeatDayTruth>> => {
  const items = await storedItems(app);
  const files = items.flatMap((item) => filesIn(item, anchorDay)).sort((one, other) => one.from - other.from);
  const decisions = items
    .filter(({ pk, action }) => String(pk).startsWith("AUDIT#") && String(action).startsWith("seat."))
    .map(({ time, action, seatId, book }) => ({
      at: Date.parse(String(time)),
      action: String(action),
      seatId: String(seatId),
      book: String(book),
    }));
  const sessions = items.filter(({ pk, ci }) => String(pk).startsWith("SESSION#") && ci !== true).map(sessionIn);
  const truths = new Map<string, SeatDayTruth>();
  const first = Math.floor((files[0]?.from ?? app.clock.now) / DAY) * DAY;
  for (let begins = first; begins + DAY + 10 * MINUTE <= app.clock.now; begins += DAY)
    truths.set(dayText(begins), truthOf({ begins, first, files, decisions, sessions }));
  return truths;
};

const truthOf = (all: {
  begins: number;
  first: number;
  files: readonly File[];
  decisions: readonly Decision[];
  sessions: readonly Session[];
}): SeatDayTruth => {
  const { begins, first, files, decisions, sessions } = all;
  const ends = begins + DAY;
  const ofDay = files.filter(({ from }, place) => from < ends && (files[place + 1]?.from ?? ends) > begins);
  const bookOf = ({ license, mode, anchorDay }: File) => `SEATS#${license}#${mode}#${periodStart(anchorDay, begins)}`;
  const today = decisions.filter(({ at }) => at >= begins && at < ends);
  const books = [...new Set([...ofDay.map(bookOf), ...today.filter(isChange).map(({ book }) => book)])];
  let [held, overage] = [0, 0];
  for (const book of books)
    for (const at of [begins, ...today.map((one) => one.at), ...ofDay.map(({ from }) => Math.max(from, begins))]) {
      const count = heldAt(decisions, book, at).size;
      const file = files
        .filter(({ license, from }) => book.split("#")[1] === license && from <= Math.max(at, 0))
        .at(-1);
      const max = file?.max ?? null;
      held = Math.max(held, count);
      overage = Math.max(overage, max === null ? 0 : count - max);
    }
  const maxima = ofDay.map(({ max }) => max);
  const last = ofDay.at(-1);
  if (last === undefined) throw new Error("a day without a license");
  const byUser = last.mode === "KubernetesUser";
  const nameOf = (session: Session) => (byUser ? session.kubernetes : session.machine);
  const ran = sessions.filter(({ from, to }) => from < ends && to >= begins);
  const holders = heldAt(decisions, bookOf(last), ends - 1);
  const lastDayOf = (seatId: string): number =>
    Math.max(
      ...decisions.filter((one) => one.seatId === seatId && isClaim(one) && one.at < ends).map(({ at }) => at),
      ...sessions
        .filter((session) => seatIdOf(last.mode, nameOf(session)) === seatId && session.from < ends)
        .map(({ to }) => Math.min(to, ends - 1)),
    );
  const idle = [7, 14, 30].map((days): [string, number] => [
    String(days),
    [...holders].filter((seatId) => lastDayOf(seatId) < ends - days * DAY).length,
  ]);
  return {
    held,
    overage,
    denials: today.filter(({ action }) => action === "seat.denied").length,
    max: maxima.includes(null) ? null : Math.max(...maxima.map(Number)),
    trailingUsers: begins - 29 * DAY < first ? undefined : trailing(decisions, last.mode, begins).size,
    active: {
      machine: new Set(ran.map(({ machine }) => machine)).size,
      kubernetes: new Set(ran.map(({ kubernetes }) => kubernetes)).size,
    },
    idle: Object.fromEntries(idle),
  };
};

const isClaim = ({ action }: Decision): boolean => action === "seat.claimed" || action === "seat.overage";
const isChange = (one: Decision): boolean => isClaim(one) || one.action === "seat.released";

/** Who holds a seat of a book once all that was decided until a moment has happened. */
const heldAt = (decisions: readonly Decision[], book: string, until: number): Set<string> => {
  const held = new Set<string>();
  for (const one of decisions) {
    if (one.book !== book || one.at > until) continue;
    if (isClaim(one)) held.add(one.seatId);
    if (one.action === "seat.released") held.delete(one.seatId);
  }
  return held;
};

/** Everybody who held a seat at some time of the thirty days that end with one. A book ends with its period. */
const trailing = (decisions: readonly Decision[], mode: string, begins: number): Set<string> => {
  const [from, to] = [begins - 29 * DAY, begins + DAY];
  const users = new Set<string>();
  for (const claim of decisions) {
    if (!isClaim(claim) || claim.book.split("#")[2] !== mode || claim.at >= to) continue;
    const released = decisions.find(
      (one) =>
        one.action === "seat.released" && one.book === claim.book && one.seatId === claim.seatId && one.at >= claim.at,
    );
    if ((released?.at ?? periodEnd(claim.book, claim.at) - 1) >= from) users.add(claim.seatId);
  }
  return users;
};

// Walked to, day by day: the first day after the claim on which a later period of the book's anchor begins.
const periodEnd = (book: string, claimedAt: number): number => {
  const anchor = anchors.get(book) ?? Number(book.slice(-2));
  let day = Math.floor(claimedAt / DAY) * DAY + DAY;
  while (periodStart(anchor, day) === book.slice(-10)) day += DAY;
  return day;
};

const anchors = new Map<string, number>();

const filesIn = (item: Item, configured: number | undefined): File[] => {
  if (item["pk"] !== "LICENSE" || item["history"] === undefined) return [];
  const anchorDay = configured ?? Number(item["anchorDay"]);
  return (item["history"] as Item[]).map(({ at, maxSeats, trackingMode }) => {
    const from = Date.parse(String(at));
    for (let day = from; day < from + 3_000 * DAY; day += DAY)
      anchors.set(
        `SEATS#${encodeURIComponent(String(item["sk"]))}#${trackingMode}#${periodStart(anchorDay, day)}`,
        anchorDay,
      );
    return {
      license: encodeURIComponent(String(item["sk"])),
      anchorDay,
      from,
      max: maxSeats === null ? null : Number(maxSeats),
      mode: String(trackingMode),
    };
  });
};

const seatIdOf = (mode: string, name: string): string =>
  createHash("sha256").update(`${mode}:${name}`).digest("base64url");

const sessionIn = (item: Item): Session => {
  const client = item["client"] as Record<string, string>;
  const from = Date.parse(String(item["startedAt"]));
  return {
    id: String(item["pk"]),
    machine: client["id"] ?? "",
    kubernetes: client["kubernetesUsername"] ?? "",
    from,
    to: item["state"] === "live" ? from + 35 * DAY : Date.parse(String(item["endedAt"])),
  };
};

/** The stored history, by day, without what only the job needs. */
export const storedSeatDays = async (app: App): Promise<Map<string, Item>> => {
  const days = new Map<string, Item>();
  for (const { pk, sk, v: _v, ...fields } of await storedItems(app)) {
    if (!String(pk).startsWith("MONTH#") || sk !== "SEATS") continue;
    for (const [name, value] of Object.entries(fields)) {
      const day = `${String(pk).slice(6)}-${name.slice(1)}`;
      const { asOf: _asOf, books: _books, releases: _releases, trackingMode: _mode, ...figures } = value as Item;
      days.set(day, { ...days.get(day), ...figures });
    }
  }
  return new Map([...days].sort(([one], [other]) => (one < other ? -1 : 1)));
};

/** Asserts that the history has every day that is over, and that all its figures are the truth. */
export const expectSeatDays = async (app: App, anchorDay?: number): Promise<void> => {
  const truths = await seatDayTruths(app, anchorDay);
  expect(Object.fromEntries(await storedSeatDays(app))).toEqual(
    Object.fromEntries([...truths].map(([day, truth]) => [day, JSON.parse(JSON.stringify(truth))])),
  );
};
