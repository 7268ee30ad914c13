import { expect } from "vitest";
import type { App } from "./app.ts";
import type { Command, Setting } from "./history.ts";
import { createModel, type Model } from "./reference-model.ts";
import type { Person, Target } from "./reference-model-report.ts";
import { createSmallOperator, type SmallOperator, type TrueSession } from "./small-operator.ts";
import { expectDigest, expectSoundTable } from "./table-truth.ts";
import { expectReport, type Period, witness } from "./witness.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// Every two of them share what some primary key, or some tracking mode, tells apart.
const PEOPLE: readonly Person[] = [
  { machineId: "m1", kubernetesUsername: "ana@k8s", clientUsername: "ana", clientHostname: "laptop" },
  { machineId: "m2", kubernetesUsername: "ana@k8s", clientUsername: "ana", clientHostname: "desktop" },
  { machineId: "m3", kubernetesUsername: "bo@k8s", clientUsername: "root", clientHostname: "laptop" },
  { machineId: "m4", kubernetesUsername: "cy@k8s", clientUsername: "root", clientHostname: "box" },
];

const TARGETS: readonly Target[] = [
  { namespace: "shop", kind: "deployment", name: "checkout" },
  { namespace: "shop", kind: "pod", name: "checkout" },
];

const pickFrom = <T>(list: readonly T[], place: number): T => {
  const picked = list[place % list.length];
  if (picked === undefined) throw new Error("nothing to pick from");
  return picked;
};

export type World = Awaited<ReturnType<typeof createWorld>>;

/**
 * The operators of one server, one for each clock. `witnessed`: the model hears all that arrives, and every answer is checked against it;
 * for servers that cannot be relied on it is told the truth at the end instead.
 */
export const createWorld = async (app: App, setting: Setting, { witnessed }: { witnessed: boolean }) => {
  const { maxSeats, overageAllowed } = setting.seats;
  app.clock.now = setting.beginning;
  await app.setLicense(
    { max_seats: maxSeats, type: overageAllowed ? "enterprise" : "teams", seat_tracking_mode: setting.mode },
    { notBefore: setting.beginning - 90 * DAY, notAfter: setting.beginning + 3_000 * DAY },
  );
  const seatOf = (person: Person) => (setting.mode === "KubernetesUser" ? person.kubernetesUsername : person.machineId);
  const model = createModel({ anchorDay: setting.anchorDay, maxSeats, overageAllowed, seatOf });
  const operators = setting.skewsMs.map((skewMs, place) =>
    createSmallOperator({
      app,
      name: `op-${place}`,
      skewMs,
      // Whom a heartbeat's starts deny must not depend on which of them comes first.
      startsPerBeat: maxSeats === null ? 500 : 1,
      ...(witnessed ? { onArrival: witness(model) } : {}),
    }),
  );
  const at = (place: number) => pickFrom(operators, place);
  let sessions = 0;

  const session = (what: { person: number; target: number; ci: boolean }, startedAt: number): TrueSession => {
    sessions += 1;
    const person = pickFrom(PEOPLE, what.person);
    return { id: `s${sessions}`, person, target: pickFrom(TARGETS, what.target), ci: what.ci, startedAt };
  };

  const run = async (command: Command): Promise<void> => {
    switch (command.do) {
      case "wait":
        // What is late does not stay away for long: a request that does is as good as sent by a wrong clock.
        for (const operator of operators) await operator.land();
        app.clock.now += command.ms;
        return;
      case "start": {
        // No two at once: of sessions that run on into a new period, the oldest claim first, and the model asks which.
        if (witnessed) app.clock.now += 1;
        const started = session(command, app.clock.now);
        if (command.asks) await at(command.operator).start(started, command.delivery);
        else at(command.operator).startQuietly(started);
        return;
      }
      case "end": {
        const operator = at(command.operator);
        const id = [...operator.running.keys(), ...operator.forgotten.keys()].at(-1 - (command.pick % 3));
        if (id === undefined) return;
        operator.stop(id);
        if (command.tell === "by call") await operator.tellEnd(id, command.delivery);
        return;
      }
      case "beat":
        return void (await at(command.operator).beat(command.delivery, command.apart));
      case "had": {
        const startedAt = app.clock.now - command.agoMs;
        return at(command.operator).hadSession(session(command, startedAt), startedAt + command.lastedMs);
      }
      case "land":
        return at(command.operator).land();
      case "repeat":
        return at(command.operator).repeat(command.pick);
      case "restart":
        // Whose sessions are being taken over decides who is first at a scarce seat; the model knows nothing of that.
        if (!witnessed || at(command.operator).running.size === 0) at(command.operator).restart();
        return;
      case "clock":
        // The truth is known to the second only of clocks that stay as they are.
        if (witnessed) at(command.operator).setClock(command.skewMs);
        return;
      case "renumber":
        return at(command.operator).renumber(command.registers);
      case "forget":
      case "remember": {
        const operator = at(command.operator);
        const list = [...(command.do === "forget" ? operator.running : operator.forgotten).keys()];
        if (list.length > 0) operator[command.do](pickFrom(list, command.pick));
        return;
      }
      case "look":
        await expectSoundTable(app);
        if (witnessed) await expectReport(app, model, {});
    }
  };

  return { app, setting, model, operators, run, witnessed };
};

/**
 * Lets the operators report all they know, and waits until those that were stale have been found to be. Clocks are set right
 * before, and some sessions end after that.
 */
export const drain = async ({ app, operators, run, witnessed }: World): Promise<void> => {
  for (const operator of witnessed ? operators : []) {
    operator.setClock(0);
    for (const [place, id] of [...operator.running.keys()].entries()) if (place % 2 === 0) operator.stop(id);
  }
  for (const operator of operators)
    for (const [place, id] of [...operator.forgotten.keys()].entries()) {
      if (place % 2 === 0) operator.remember(id);
      else operator.stop(id);
    }
  for (let round = 0; round < 100 && (round < 4 || operators.some(({ untold }) => untold.size > 0)); round += 1) {
    await run({ do: "wait", ms: 4 * MINUTE });
    for (const operator of operators) await operator.beat();
  }
  expect(
    operators.flatMap(({ untold }) => [...untold.keys()]),
    "events nobody takes",
  ).toEqual([]);
  app.clock.now += 20_000;
};

/** What really happened, by nobody's account but the operators' own. */
export const trueModel = ({ operators, model }: World): Model => {
  for (const operator of operators) {
    const toldOf = (time: number) => ({ now: time, sentAt: time + operator.skewMs() });
    const started = (one: TrueSession) => ({
      ...one,
      instance: operator.instance(),
      startedAt: one.startedAt + operator.skewMs(),
    });
    for (const session of operator.running.values()) model.start(started(session), toldOf(session.startedAt), "tell");
    for (const session of operator.over)
      model.end(session.id, session.endedAt + operator.skewMs(), toldOf(session.endedAt), started(session));
  }
  return model;
};

/** Spans of all kinds around what happened: whole days and months, ragged ends, open and beyond. */
export const periodsAround = ({ app, setting }: World): Period[] => {
  const { beginning } = setting;
  const { now } = app.clock;
  const day = Math.floor(beginning / DAY) * DAY;
  const month = (offset: number) => {
    const date = new Date(beginning);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset, 1);
  };
  return [
    {},
    { to: now },
    { from: beginning },
    { from: day, to: day + DAY },
    { from: month(0), to: month(1) },
    { from: month(-1) + 11 * HOUR, to: month(2) + 13 * HOUR },
    { from: beginning + 17_001, to: now - 61_003 },
    { to: day + DAY },
    { from: day + DAY, to: now + 3 * DAY },
  ].filter(({ from, to }) => from === undefined || to === undefined || from < to);
};

/** Asserts that reports, live sessions and table are the truth. */
export const expectTruth = async (world: World, model: Model, periods = periodsAround(world)): Promise<void> => {
  const { app, operators } = world;
  await expectSoundTable(app);
  for (const period of periods) await expectReport(app, model, period);
  const { json } = await app.call("GET", "/api/v1/sessions?limit=1000");
  const listed = json.sessions.map(({ id }: { id: string }) => id).sort();
  expect(listed, "live sessions").toEqual(
    model
      .running()
      .map(({ id }) => id)
      .sort(),
  );
  expect(listed, "what really runs").toEqual(operators.flatMap(runningIds).sort());
  for (const operator of operators) await expectDigest(app, operator.instance(), runningIds(operator));
};

const runningIds = ({ running }: SmallOperator): string[] => [...running.keys()];
