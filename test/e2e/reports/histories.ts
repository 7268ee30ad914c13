import fc from "fast-check";
import { historyRuns } from "../../support/history.ts";
import { type Event, inOrder, type Person, type Session, type Target } from "./events.ts";

/** Random histories whose sessions end around the boundaries that a calendar has, told in every way there is. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Midnights of a month's end, of a year's, before and after a leap day, of a common February, and of no special day. */
export const BOUNDARIES = [
  "2027-01-01",
  "2027-03-01",
  "2027-05-01",
  "2027-06-16",
  "2028-01-01",
  "2028-02-29",
  "2028-03-01",
].map((day) => Date.parse(`${day}T00:00:00Z`));

/** Before anything of a history happens. */
export const HISTORY_BEGINS = Date.parse("2026-11-20T00:00:00Z");

// Every two of them share what some primary key tells apart; the last one's names would be formulas, or break a line.
export const PEOPLE: readonly Person[] = [
  { machineId: "m1", kubernetesUsername: "ana@k8s", clientUsername: "ana", clientHostname: "laptop" },
  { machineId: "m2", kubernetesUsername: "ana@k8s", clientUsername: "root", clientHostname: "desktop" },
  { machineId: "m3", kubernetesUsername: "bo@k8s", clientUsername: "root", clientHostname: "laptop" },
  { machineId: "=m4", kubernetesUsername: '@sum(1,"2")', clientUsername: "-1;2", clientHostname: "+box, ünï" },
];

export const TARGETS: readonly Target[] = [
  { namespace: "shop", kind: "deployment", name: "checkout" },
  { namespace: "shop", kind: "pod", name: "checkout" },
  { namespace: "pay", kind: "deployment", name: "checkout" },
];

const offsets = fc.oneof(
  fc.constantFrom(-SECOND, -1, 0, 0, 1, 999, SECOND),
  fc.integer({ min: -3 * HOUR, max: 3 * HOUR }),
);

/**
 * With HISTORIES=n around all of them; else around those of the last months, since every day between a history's first and
 * its end is closed.
 */
const AROUND = historyRuns(0) === 0 ? BOUNDARIES.slice(-3) : BOUNDARIES;

/** A moment near a boundary. */
export const moments = fc.tuple(fc.constantFrom(...AROUND), offsets).map(([boundary, offset]) => boundary + offset);

const lengths = fc.oneof(
  fc.constantFrom(0, 1, 999, SECOND, 61_500, DAY, 25 * HOUR, 20 * DAY),
  fc.integer({ min: 0, max: 5 * HOUR }),
);

const told = fc.constantFrom(
  ...(["calls", "calls", "heartbeats", "late", "repeated", "turned round", "lost", "corrected", "revived"] as const),
);

const sessions = fc
  .record({
    person: fc.constantFrom(...PEOPLE),
    target: fc.constantFrom(...TARGETS),
    ci: fc.integer({ min: 0, max: 3 }).map((draw) => draw === 0),
    endedAt: moments,
    lengthMs: lengths,
    skewMs: fc.constantFrom(0, 0, -2 * MINUTE, 3 * HOUR, -26 * HOUR),
    told,
    lateMs: fc.constantFrom(1, 30 * SECOND, HOUR, 3 * DAY, 40 * DAY),
  })
  .map(({ lengthMs, ...session }) => ({ ...session, startedAt: session.endedAt - lengthMs }));

type Drawn = typeof sessions extends fc.Arbitrary<infer T> ? T : never;

/** So many sessions, as the events that tell of them; now and then one that still runs. */
export const histories = (size: number): fc.Arbitrary<Event[]> =>
  fc.array(sessions, { minLength: size, maxLength: size }).map((drawn) =>
    Object.assign(inOrder(drawn.flatMap((session, number) => eventsOf(session, `s-${number}`))), {
      [fc.toStringMethod]: () => drawn.map((session) => `\n${JSON.stringify(session)}`).join(""),
    }),
  );

const eventsOf = ({ told, lateMs, ...drawn }: Drawn, id: string): Event[] => {
  // Whom an operator loses, it loses by the server's clock.
  // The reaper of another session would take one that is silent for so long.
  const isLong = drawn.endedAt - drawn.startedAt > 25 * HOUR;
  const isLost = !isLong && (told === "lost" || told === "corrected" || told === "revived");
  const session: Session = { ...drawn, id, ...(isLost ? { skewMs: 0 } : {}) };
  const { startedAt, endedAt } = session;
  const start: Event = { do: "start", at: startedAt, session, by: "call" };
  const end: Event = { do: "end", at: endedAt, session, by: "call", withStart: false };
  const late: Event = { do: "end", at: endedAt + lateMs, session, by: "heartbeat", withStart: true };
  if (isLost) return lostEvents(told, session);
  if (told === "late" || isLong) return [late];
  const listed: Event = { ...start, do: "beat" };
  if (told === "heartbeats") {
    const soon = (event: Event): Event => ({ ...event, at: event.at + 20 * SECOND, by: "heartbeat" }) as Event;
    return [soon(start), soon(end)];
  }
  if (told === "repeated")
    return [start, start, listed, end, end, late, { ...start, at: endedAt + lateMs }, { ...end, at: endedAt + lateMs }];
  if (told === "turned round")
    return [
      { ...end, withStart: true },
      { ...start, at: endedAt + lateMs },
    ];
  return [start, listed, end];
};

// Its operator beats once more and falls silent; the reaper ends it there. Then nothing comes, or its true end, or it lives.
const lostEvents = (told: "lost" | "corrected" | "revived", session: Session): Event[] => {
  const { startedAt } = session;
  const lastBeat = Math.max(startedAt, session.endedAt - HOUR);
  const reaped = lastBeat + 48 * HOUR + MINUTE;
  const start: Event = { do: "start", at: startedAt, session, by: "call" };
  const beats: Event[] = [startedAt, lastBeat].map((at) => ({ do: "beat", at, session }));
  const before: Event[] = [start, ...beats, { do: "reap", at: reaped }];
  if (told === "lost") return before;
  const again = reaped + MINUTE;
  if (told === "corrected")
    return [...before, { do: "end", at: again, session, by: "heartbeat", withStart: session.ci }];
  // It went on after its operator was back; that is when it ends, too.
  const revived: Session = { ...session, endedAt: again + 90 * SECOND };
  return [
    ...before.map((event) => (event.do === "reap" ? event : { ...event, session: revived })),
    { do: "beat", at: again, session: revived },
    { do: "end", at: revived.endedAt, session: revived, by: "call", withStart: false },
  ];
};
