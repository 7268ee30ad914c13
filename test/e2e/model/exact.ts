import { createHash } from "node:crypto";
import fc from "fast-check";
import { create as createSeatJob } from "../../../functions/seatJob/handler.ts";
import type { Runtime } from "../../../shared/http/runtime.ts";
import { releaseSeat } from "../../../shared/seats/release.ts";
import { invocationContext } from "../../../tools/local/context.ts";
import { seeded } from "../../support/faults.ts";
import { createMemoryTable } from "../../support/memory-table.ts";
import type { Gate } from "../../support/scheduler.ts";
import { countComplaints } from "../../support/seat-model/counted.ts";
import { createSeatServer, type License, type Start } from "../../support/seat-model/server.ts";
import { heldUntil, reclaimAfterMs } from "../../support/seat-model/settings.ts";
import { counterOf, type Raw, seatOf, slotsOf } from "../../support/seat-model/stored.ts";
import { type Answer, createFleet, type FunctionName, functionOf, type Instance } from "./fleet.ts";
import { type LicenseKind, type Licenses, START } from "./licenses.ts";
import { periodStart } from "./reference.ts";
import { environmentOf, MACHINE_MAXIMA, SEAT_SETTINGS, type SeatSettingsKind, settingsOf } from "./seat-deployment.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

const LICENSES = ["one", "two", "three", "overage", "unlimited", "another subscription", "kubernetes users"] as const;

const PEOPLE = [
  { machine: "m1", user: "ana" },
  { machine: "m2", user: "ana" },
  { machine: "m3", user: "bo" },
  { machine: "m4", user: "cy" },
  { machine: "m5", user: "ari" },
] as const;

const operator = fc.nat(1);
const pick = fc.nat(9);

/** What happens, one after another. */
export const commands = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("start" as const),
      operator,
      person: fc.nat(PEOPLE.length - 1),
      namespace: fc.constantFrom("shop", "shop", "gpu"),
      kind: fc.constantFrom("user", "user", "user", "user", "ci", "preview"),
      reports: fc.boolean(),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("end" as const), pick, byBeat: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      minutes: fc.constantFrom(1, 4, 4, 6, 11, 16, 16, 40, 26 * 60, 8 * 24 * 60, 26 * 24 * 60),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("sweep" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("release" as const), pick }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("settings" as const), kind: fc.constantFrom(...SEAT_SETTINGS) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("license" as const), kind: fc.constantFrom(...LICENSES) }) },
);

export type Command = typeof commands extends fc.Arbitrary<infer T> ? T : never;

export type ExactHistory = {
  license: (typeof LICENSES)[number];
  settings: SeatSettingsKind;
  machineMax: number | undefined;
  /** How many commits the index is behind, however much time passes. */
  indexLag: number;
  /** The job runs every five minutes, and the index is up to date after each minute: then the promise of `floating` holds. */
  isKept: boolean;
  all: readonly Command[];
};

export const exactHistories: fc.Arbitrary<ExactHistory> = fc.record({
  license: fc.constantFrom(...LICENSES),
  settings: fc.constantFrom(...SEAT_SETTINGS),
  machineMax: fc.constantFrom(...MACHINE_MAXIMA),
  indexLag: fc.constantFrom(0, 0, 6, 20),
  isKept: fc.boolean(),
  all: fc.array(commands, { minLength: 3, maxLength: 40, size: "max" }),
});

const OPEN: Gate = { pass: (_, operation) => operation() };

/** Lives through a history against server and model, and throws at the first difference between them. */
export const liveExactly = async (licenses: Licenses, history: ExactHistory): Promise<void> => {
  const clock = { now: START };
  const now = () => clock.now;
  const table = createMemoryTable({ indexLag: history.indexLag });
  const state: { license: LicenseKind; settings: SeatSettingsKind } = { ...history };
  const happened: string[] = [];
  const fleet = createFleet({
    table,
    now,
    random: seeded(1),
    license: () => licenses[state.license],
    env: history.machineMax === undefined ? {} : { MACHINE_SESSIONS_MAX: String(history.machineMax) },
    onLicense: () => {},
    onSleep: () => {},
    onLog(line) {
      if (line["message"] === "request failed") happened.push(JSON.stringify(line));
    },
  });
  const { machineMax } = history;
  const inForce = () => ({ ...settingsOf(state.settings), machineMax });
  const byUser = (): boolean => licenses[state.license].terms.trackingMode === "KubernetesUser";
  const model = createSeatServer({
    license: licenseOf(licenses, state.license),
    settings: inForce(),
    periodStart: (at) => periodStart(5, at),
    holderOf: ({ machine, user }) => seatIdOf(byUser(), byUser() ? user : machine),
  });

  const fail = (what: string): never => {
    throw new Error(`${what}\n\nafter\n${happened.join("\n")}`);
  };
  const expectSame = (what: string, found: unknown, wanted: unknown): void => {
    if (JSON.stringify(found) !== JSON.stringify(wanted))
      fail(`${what}: the server has ${JSON.stringify(found)}, the model ${JSON.stringify(wanted)}`);
  };

  const within = async <T>(name: FunctionName, work: (instance: Instance) => Promise<T>, env = {}): Promise<T> => {
    const instance = fleet.lend(name, OPEN, env);
    const result = await work(instance);
    fleet.giveBack(name, instance, env);
    return result;
  };
  const seatJob = async (): Promise<void> => {
    const run = async ({ runtime }: Instance) => {
      await createSeatJob(runtime)(
        {},
        invocationContext("seatJob", "job", () => 240_000),
      );
    };
    await within("seatJob", run, environmentOf(state.settings));
  };
  const call = (path: string, body: unknown): Promise<Answer> =>
    within(functionOf("POST", path), (instance) => instance.handle("POST", path, body));

  const bookName = (): string => {
    const { subscriptionId, trackingMode } = licenses[state.license].terms;
    const period = inForce().mode === "floating" ? "floating" : periodStart(5, clock.now);
    return `SEATS#${encodeURIComponent(String(subscriptionId))}#${trackingMode}#${period}`;
  };
  const stored = (): Raw[] => table.items().filter(({ pk }) => pk === bookName());
  const seatsStored = () => stored().flatMap((item) => seatOf(item) ?? []);

  /** Whose seat a call took over: one that was there before it, and is no longer. */
  const chosenAmong =
    (before: readonly string[]) =>
    (from: readonly string[]): string | undefined => {
      const there = new Set(seatsStored().map(({ id }) => id));
      // The claim looks at the eight that are idle for longest, as the index shows them.
      const seen = history.indexLag === 0 ? from.slice(0, 8) : from;
      const taken = seen.find((holder) => before.includes(holder) && !there.has(holder));
      return taken === undefined && history.indexLag === 0 ? fail("no seat is taken over") : taken;
    };

  /** What the job freed; with an index that is behind, it may find less. */
  const sweep = (): void => {
    const seats = table.items().flatMap((item) => seatOf(item) ?? []);
    const kept = new Set(seats.map(({ book, id }) => `${book} ${id}`));
    model.sweep(clock.now, (holder, book) => history.indexLag === 0 || !kept.has(`SEATS#${book} ${holder}`));
  };

  const instances = ["op-0", "op-1"] as const;
  const seq = new Map<string, number>();
  const running = new Map<string, Start>();
  let sessions = 0;
  let keptAt = clock.now;

  const wireStart = ({ id, instance, machine, user, namespace, kind, startedAt }: Start) => ({
    session_id: id,
    instance_id: instance,
    started_at: new Date(startedAt).toISOString(),
    session_kind: kind,
    client: { id: machine, hostname: `${machine}-host`, username: "dev", kubernetes_username: user },
    target: { namespace, kind: "deployment", name: "checkout" },
  });

  const beat = async (instance: string, events: { started?: Start[]; ended?: string[] } = {}): Promise<Answer> => {
    seq.set(instance, (seq.get(instance) ?? 0) + 1);
    const before = seatsStored().map(({ id }) => id);
    const listed = [...running.values()].filter((one) => one.instance === instance).map(({ id }) => id);
    const answer = await call("/api/v1/heartbeat", {
      instance_id: instance,
      operator_version: "3.130.0",
      seq: seq.get(instance),
      sent_at: new Date(clock.now).toISOString(),
      sessions: [...listed, ...(events.started ?? []).map(({ id }) => id)],
      started: (events.started ?? []).map(wireStart),
      ended: (events.ended ?? []).map((id) => ({ session_id: id, ended_at: new Date(clock.now).toISOString() })),
    });
    if (answer.status !== 200) fail(`a heartbeat is answered ${answer.status} ${JSON.stringify(answer.json)}`);
    for (const start of events.started ?? []) {
      const outcome = model.start(start, "runs", clock.now, chosenAmong(before));
      const denied = (answer.json.denied as { session_id: string; code: string }[]).find(
        (one) => one.session_id === start.id,
      );
      expectSame(`whether ${start.id} is denied`, denied?.code ?? "created", outcome);
      expectSame(`whether ${start.id} is to stop`, answer.json.terminate.includes(start.id), denied !== undefined);
    }
    for (const id of events.ended ?? []) model.end(id, clock.now);
    model.carryOver(listed, clock.now, chosenAmong(before));
    return answer;
  };
  const beatAll = async (): Promise<void> => {
    for (const instance of instances) {
      clock.now += SECOND;
      await beat(instance);
    }
  };

  const ends = () => ({ periodEnd: periodEnd(clock.now), licenseEnd: licenses[state.license].expiresAt });

  const start = async (command: Command & { do: "start" }): Promise<void> => {
    const person = PEOPLE[command.person] ?? PEOPLE[0];
    const instance = instances[command.operator] ?? instances[0];
    sessions += 1;
    const { namespace, kind } = command;
    const one: Start = {
      id: `s${sessions}`,
      instance,
      ...person,
      namespace,
      kind: kind as Start["kind"],
      startedAt: clock.now,
    };
    if (command.reports) {
      const answer = await beat(instance, { started: [one] });
      // A denied one is stopped at once, which the next heartbeat reports.
      if (answer.json.denied.length === 0) running.set(one.id, one);
      else await beat(instance, { ended: [one.id] });
      return;
    }
    const before = seatsStored().map(({ id }) => id);
    const answer = await call("/api/v1/sessions", { ...wireStart(one), sent_at: new Date(clock.now).toISOString() });
    const wasOwed = model.isOwedSeat(one, clock.now);
    const outcome = model.start(one, "asks", clock.now, chosenAmong(before));
    const isBroken = history.isKept && answer.status === 403 && kind === "user" && wasOwed;
    if (isBroken) fail(`${one.id} is refused, and a seat is free for longer than the grace and five minutes`);
    expectSame(`the answer to ${one.id}`, answer.status === 201 ? "created" : answer.json.code, outcome);
    if (answer.status !== 201) return;
    running.set(one.id, one);
    const until = heldUntil(inForce(), clock.now, ends());
    if (kind !== "user") expectSame("the seat of a machine session", answer.json.seat, null);
    else expectSame("held_until", timeOf(answer.json.seat.held_until), until);
  };

  const end = async ({ pick: place, byBeat }: Command & { do: "end" }): Promise<void> => {
    const all = [...running.values()];
    const one = all[place % Math.max(1, all.length)];
    if (one === undefined) return;
    running.delete(one.id);
    if (byBeat) {
      await beat(one.instance, { ended: [one.id] });
      return;
    }
    const body = { ended_at: new Date(clock.now).toISOString(), sent_at: new Date(clock.now).toISOString() };
    const answer = await call(`/api/v1/sessions/${one.id}/end`, body);
    expectSame(`the answer to the end of ${one.id}`, answer.status, 200);
    model.end(one.id, clock.now);
  };

  /** A change is in force, every copy of what was before is gone, and every session has its place. */
  const settle = async (): Promise<void> => {
    for (const minutes of [3, 3, 6]) {
      clock.now += minutes * MINUTE;
      await beatAll();
      await seatJob();
      sweep();
    }
  };

  const keep = async (): Promise<void> => {
    if (history.isKept) table.settle();
    await seatJob();
    sweep();
    keptAt = clock.now;
  };
  const waitKept = async (minutes: number): Promise<void> => {
    for (let minute = 0; minute < minutes; minute += 1) {
      clock.now += MINUTE;
      table.settle();
      if (clock.now >= keptAt + 5 * MINUTE) await keep();
    }
    await beatAll();
  };

  const run = async (command: Command): Promise<void> => {
    switch (command.do) {
      case "start":
        return start(command);
      case "end":
        return end(command);
      case "wait":
        if (history.isKept && command.minutes < 60) return waitKept(command.minutes);
        clock.now += command.minutes * MINUTE;
        await beatAll();
        return history.isKept ? keep() : undefined;
      case "sweep":
        return keep();
      case "release": {
        const seats = seatsStored()
          .map(({ id }) => id)
          .sort();
        const holder = seats[command.pick % Math.max(1, seats.length)];
        if (holder === undefined) return;
        await within("sessions", ({ runtime }) => release(runtime, holder, clock.now));
        return model.release(holder, clock.now);
      }
      case "settings":
        state.settings = command.kind;
        await seatJob();
        model.become({ settings: inForce() }, clock.now);
        sweep();
        return settle();
      case "license":
        state.license = command.kind;
        clock.now += 2 * MINUTE;
        await seatJob();
        model.become({ license: licenseOf(licenses, command.kind) }, clock.now);
        sweep();
        return settle();
    }
  };

  const compare = (): void => {
    const complaints = countComplaints(table.items(), (book) => book !== bookName());
    if (complaints.length > 0) fail(complaints.join("\n"));
    const held = reclaimAfterMs(inForce()) !== undefined;
    const byId = (one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1);
    const seats = seatsStored().map(({ id, pool, live, idleSince }) => ({
      ...{ id, pool },
      ...(held ? { live, idle: idleSince !== undefined } : {}),
    }));
    const wanted = [...model.book(clock.now).values()].map(({ holder, pool, live, idleSince }) => ({
      ...{ id: holder, pool },
      ...(held ? { live: live.size, idle: idleSince !== undefined } : {}),
    }));
    expectSame("seats", seats.sort(byId), wanted.sort(byId));
    expectSame("claimed", stored().flatMap((item) => counterOf(item) ?? [])[0]?.claimed ?? 0, wanted.length);
    if (history.machineMax === undefined) return;
    const slots = table.items().flatMap((item) => slotsOf(item) ?? []);
    expectSame(
      "slots",
      slots.reduce((sum, slot) => sum + slot.held, 0),
      model.slots(),
    );
  };

  // Its day begins the periods of all of its subscription.
  state.license = "two";
  for (const instance of instances)
    await call("/api/v1/license", { instance_id: instance, operator_version: "3.130.0" });
  state.license = history.license;
  clock.now += 2 * MINUTE;
  await seatJob();
  model.become({}, clock.now);
  await settle();
  for (const command of history.all) {
    clock.now += SECOND;
    happened.push(`${new Date(clock.now).toISOString()} ${JSON.stringify(command)}`);
    await run(command);
    compare();
  }
};

const timeOf = (value: unknown): number | null => (value === null ? null : Date.parse(String(value)));

const periodEnd = (now: number): number => {
  let day = Math.floor(now / DAY) * DAY + DAY;
  while (new Date(day).getUTCDate() !== 5) day += DAY;
  return day;
};

const licenseOf = (licenses: Licenses, kind: LicenseKind): License => {
  const { subscriptionId, trackingMode, maxSeats, type } = licenses[kind].terms;
  return { name: `${subscriptionId}#${trackingMode}`, max: maxSeats, overageAllowed: type === "enterprise" };
};

const seatIdOf = (byUser: boolean, name: string): string =>
  createHash("sha256")
    .update(`${byUser ? "KubernetesUser" : "ClientCertificate"}:${name}`)
    .digest("base64url");

const release = async (runtime: Runtime, seatId: string, now: number): Promise<void> => {
  const holding = await runtime.license();
  if (holding.kind !== "held") return;
  const book = await runtime.currentBook(holding.license, now);
  await releaseSeat({ ...runtime, retentionDays: 1_825 }, book, seatId, "admin", { now, deadline: now + 25_000 });
};
