import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSessions } from "../../../../agent/sessions/machine.ts";
import { type Changes, KINDS, type Observation, type Sessions } from "../../../../agent/sessions/types.ts";
import { DEEP } from "../../../support/deep.ts";
import { clusterSession } from "../../../support/kube/objects.ts";
import { T0 } from "./world.ts";

// Random histories of a cluster and of an agent that is now and then away, against what really happened. Times are seconds
// of the true clock; the API server, the operator and the agent each have a clock of their own.

const ACTIVITY = 3;
const UNUSED = 30;
const KEPT = 60;
const TOLERANCE = 5;
const END = 1_500;

type Truth = { name: number; created: number; lasts: number; connects: boolean };

type Away = {
  /** Seconds of watching before. */
  after: number;
  lasts: number;
  /** What happens: the connection is lost, or the process ends, with its state or with a pod that is replaced. */
  how: "lost" | "restart" | "replaced";
};

type Cluster = {
  truths: Truth[];
  aways: Away[];
  /** Of the API server and the operator, less the agent's own. */
  apiOffset: number;
  operatorOffset: number;
  /** Every how many events one comes twice. */
  doubles: number;
  /** Every how many lists one lacks an object. */
  lags: number;
};

const cluster: fc.Arbitrary<Cluster> = fc.record({
  truths: fc
    .array(
      fc.record({
        created: fc.integer({ min: 0, max: 1_000 }),
        lasts: fc.integer({ min: 4, max: 300 }),
        connects: fc.boolean(),
      }),
      { minLength: 1, maxLength: 8 },
    )
    .map((truths) => truths.map((truth, name) => ({ ...truth, name }))),
  aways: fc.array(
    fc.record({
      after: fc.integer({ min: 1, max: 200 }),
      lasts: fc.integer({ min: 1, max: 200 }),
      how: fc.constantFrom("lost", "restart", "replaced"),
    }),
    { maxLength: 6 },
  ),
  apiOffset: fc.integer({ min: -4_000, max: 4_000 }),
  operatorOffset: fc.integer({ min: -1, max: 1 }),
  doubles: fc.integer({ min: 2, max: 9 }),
  lags: fc.integer({ min: 2, max: 9 }),
});

const uidOf = ({ name }: Truth): string => `${name.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`;
const idOf = (truth: Truth): string => `${nameOf(truth)}.${uidOf(truth).slice(0, 8)}`;
const nameOf = ({ name }: Truth): string => (0xabc000 + name).toString(16);
/** The truth of a session's end, and when its object is closed and gone. */
const endOf = ({ created, lasts, connects }: Truth): number => (connects ? created + 1 + lasts : created);
const closedAt = (truth: Truth): number => (truth.connects ? endOf(truth) + UNUSED : truth.created + 180);
const goneAt = (truth: Truth): number => closedAt(truth) + KEPT;

/** Whether the object is created, reports activity, or is closed in this second. */
const changesAt = (truth: Truth, now: number): boolean => {
  const { created, connects } = truth;
  const reports = connects && now > created && now <= endOf(truth) && (now - created - 1) % ACTIVITY === 0;
  return now === created || reports || now === closedAt(truth);
};

/** What the license server has of a session, as its contract says that it treats starts, ends and lists. */
type Record = { startedAt: number; endedAt: number | undefined; isInferred: boolean };

const play = ({ truths, aways, apiOffset, operatorOffset, doubles, lags }: Cluster) => {
  const records = new Map<string, Record>();
  const wrong: string[] = [];
  let machine: Sessions = createSessions({ instanceId: "cluster-1" });
  let deliveries = 0;
  let lists = 0;

  const own = (seconds: number): number => T0 + seconds * 1_000;
  const api = (seconds: number): string => new Date(own(seconds + apiOffset)).toISOString().replace(/\.\d+Z/, "Z");
  const operator = (seconds: number): string => new Date(own(seconds + apiOffset + operatorOffset)).toISOString();

  /** The object of a session as it is at a time, or undefined if there is none. */
  const objectAt = (truth: Truth, now: number) => {
    if (now < truth.created || now >= goneAt(truth)) return undefined;
    const isClosed = now >= closedAt(truth);
    const steps = Math.floor((Math.min(now, endOf(truth)) - truth.created - 1) / ACTIVITY);
    const connected = truth.connects && steps >= 0 ? operator(truth.created + 1 + steps * ACTIVITY) : null;
    return clusterSession({
      uid: uidOf(truth),
      name: nameOf(truth),
      created: api(truth.created),
      deletedAt: isClosed ? api(closedAt(truth)) : undefined,
      status: { connectedTimestamp: connected, closed: isClosed ? { reason: "Unused" } : null },
    });
  };

  const apply = ({ started, ended }: Changes): void => {
    for (const { session_id, started_at } of started) {
      const known = records.get(session_id);
      if (known?.endedAt !== undefined && !known.isInferred) wrong.push(`${session_id} starts after its end`);
      else records.set(session_id, { startedAt: Date.parse(started_at), endedAt: undefined, isInferred: false });
    }
    for (const { session_id, ended_at, inferred = false, start } of ended) {
      const known = records.get(session_id);
      if (known?.endedAt !== undefined && !known.isInferred) continue;
      const startedAt = known?.startedAt ?? Date.parse(start.started_at);
      records.set(session_id, { startedAt, endedAt: Date.parse(ended_at), isInferred: inferred });
    }
  };

  const observe = (observation: Observation): void => {
    deliveries += 1;
    apply(machine.observe(observation));
    if (deliveries % doubles === 0) apply(machine.observe(observation));
  };

  const list = (now: number): void => {
    observe({ at: own(now), type: "offset", offsetMs: apiOffset * 1_000 });
    const objects = truths.flatMap((truth) => objectAt(truth, now) ?? []);
    lists += 1;
    // A list from the past lacks the newest object; the next one has it.
    if (lists % lags === 0)
      observe({ at: own(now), type: "listed", kind: "MirrordClusterSession", objects: objects.slice(0, -1) });
    observe({ at: own(now), type: "listed", kind: "MirrordClusterSession", objects });
    for (const kind of KINDS.slice(1)) observe({ at: own(now), type: "listed", kind, objects: [] });
  };

  /** The events of one second. */
  const watch = (now: number): void => {
    const kind = "MirrordClusterSession";
    for (const truth of truths) {
      if (now === goneAt(truth)) observe({ at: own(now), type: "deleted", kind, object: objectAt(truth, now - 1) });
      else if (changesAt(truth, now)) observe({ at: own(now), type: "seen", kind, object: objectAt(truth, now) });
    }
    observe({ at: own(now), type: "tick" });
  };

  const compareList = (now: number): void => {
    const live = machine.view().list;
    if (live === undefined) return;
    const expected = truths.filter((truth) => now >= truth.created && now < closedAt(truth)).map(idOf);
    if (JSON.stringify(live) !== JSON.stringify(expected.sort())) wrong.push(`at ${now} s the list is ${live}`);
    for (const id of live) if (machine.start(id) === undefined) wrong.push(`${id} has no start`);
  };

  const absences: { from: number; to: number }[] = [];
  const plan = aways.values();
  let away = plan.next().value;
  let since = 0;
  list(0);
  for (let now = 1; now <= END; now += 1) {
    if (away !== undefined && now - since >= away.after && now + away.lasts < END) {
      const { lasts, how } = away;
      if (how === "lost") observe({ at: own(now), type: "lost", kind: "MirrordClusterSession" });
      else
        machine = createSessions({
          instanceId: "cluster-1",
          restored: how === "restart" ? machine.state() : undefined,
        });
      absences.push({ from: now, to: now + lasts });
      now += lasts;
      list(now);
      since = now;
      away = plan.next().value;
    } else {
      watch(now);
    }
    if (now % 5 === 0) compareList(now);
  }
  return { records, wrong, absences };
};

/** What is wrong with the record of a session, if anything is. */
const judge = (
  truth: Truth,
  record: Record | undefined,
  absences: { from: number; to: number }[],
): string | undefined => {
  const missed = absences.find(({ from, to }) => closedAt(truth) >= from && goneAt(truth) <= to);
  const began = absences.find(({ from, to }) => truth.created >= from && goneAt(truth) <= to);
  if (record === undefined) return began === undefined ? "has no record" : undefined;
  if (record.endedAt === undefined) return missed === undefined ? "has no end" : undefined;
  const ended = (record.endedAt - T0) / 1_000;
  const started = (record.startedAt - T0) / 1_000;
  if (Math.abs(started - truth.created) > 1) return `starts at ${started} s`;
  const error = ended - endOf(truth);
  if (error > TOLERANCE) return `counts ${error} s too much`;
  // Who was away for longer than the object was kept knows only what was known before.
  return missed === undefined && error < -TOLERANCE ? `counts ${-error} s too little` : undefined;
};

describe("random histories", () => {
  it("give one record per session, which is right to 5 s unless the agent was away for more than a minute", () => {
    fc.assert(
      fc.property(cluster, (history) => {
        const { records, wrong, absences } = play(history);
        for (const truth of history.truths) {
          const fault = judge(truth, records.get(idOf(truth)), absences);
          if (fault !== undefined) wrong.push(`${idOf(truth)} ${fault}`);
        }
        expect(wrong).toEqual([]);
        expect(records.size).toBeLessThanOrEqual(history.truths.length);
      }),
      { numRuns: DEEP ? 2_000 : 40 },
    );
  });
});
