import { create as createReaper } from "../../../functions/reaper/handler.ts";
import { create as createSeatJob } from "../../../functions/seatJob/handler.ts";
import { listSeats } from "../../../shared/seats/list.ts";
import { releaseSeat } from "../../../shared/seats/release.ts";
import { invocationContext } from "../../../tools/local/context.ts";
import { seeded } from "../../support/faults.ts";
import type { Gate, Process, Step } from "../../support/scheduler.ts";
import { countComplaints } from "../../support/seat-model/counted.ts";
import { answerComplaints } from "./answers.ts";
import { type Backend, inMemory } from "./backend.ts";
import { type Call, createCall, type Person, type Request } from "./call.ts";
import { type Answer, createFleet, type FunctionName, functionOf, type Instance } from "./fleet.ts";
import { type LicenseKind, type Licenses, START } from "./licenses.ts";
import { createObserver } from "./observer.ts";
import { createOperator, type Operator } from "./operator.ts";
import { createReference, periodStart } from "./reference.ts";
import { environmentOf, type SeatSettingsKind, settingsOf } from "./seat-deployment.ts";
import { complaintsOf } from "./soundness.ts";

// Two machines of one user, whom only the tracking mode tells apart.
export const PEOPLE: readonly Person[] = [
  { machine: "m1", user: "ana" },
  { machine: "m2", user: "ana" },
  { machine: "m3", user: "bo" },
  { machine: "m4", user: "cy" },
];

/** A request that was sent longer ago looks as if it came from a clock that is wrong. */
const MINUTE = 60_000;
const RECENT_MS = 5 * MINUTE;

export type Setting = {
  license: LicenseKind;
  /** How many commits the index is behind. */
  indexLag: number;
  /** How many items a page has at most. */
  pageItems: number;
  /** What the deployment sets of seats and machine sessions. */
  seats?: SeatSettingsKind;
  machineMax?: number | undefined;
};

export type World = ReturnType<typeof createWorld>;

/** A server in memory, the operators that use it, and whoever watches that all they do is allowed. */
export const createWorld = (licenses: Licenses, setting: Setting, backend: Backend = inMemory(setting)) => {
  const clock = { now: START };
  const now = () => clock.now;
  const complaints: string[] = [];
  const complain = (complaint: string): void => void complaints.push(complaint);
  const { scheduler } = backend;
  const reference = createReference(complain);
  const { machineMax } = setting;
  const licenseInForce = () => licenses[state.license];
  const observer = createObserver(reference, { machineMax, licenseInForce }, complain);
  const env = machineMax === undefined ? {} : { MACHINE_SESSIONS_MAX: String(machineMax) };
  const state = { license: setting.license, seats: setting.seats ?? "period", released: false };
  /** Where only plain `period` is deployed, a look after each round is enough. */
  const hasModes = setting.seats !== undefined;
  /** Whether a deployment has begun and not ended: until then a book may be closed. */
  let deploying = false;
  const byInstance = new Map<Instance, Call>();
  const calls = new Map<Process | undefined, Call>();
  backend.watch?.((changes) => {
    const call = calls.get(scheduler.current());
    if (call === undefined) return complain("something is written by nobody");
    observer.see(changes, call);
    if (hasModes) complaints.push(...countComplaints([...backend.itemsNow()], observer.isOver));
    for (const open of calls.values()) open.look();
  });
  const unanswered: (() => void)[] = [];
  const sent: Request[] = [];
  const late: { deliver: () => void; sentAt: number }[] = [];
  const fleet = createFleet({
    table: backend.table,
    now,
    random: seeded(1),
    license: licenseInForce,
    env,
    onLicense(instance) {
      const call = byInstance.get(instance);
      if (call === undefined) return;
      call.license = instance.license;
      call.look();
    },
    onSleep: () => backend.settle(),
    onLog(line) {
      if (line["message"] === "request failed") complain(`a defect is logged: ${JSON.stringify(line)}`);
    },
  });

  const spawn = (
    request: Pick<Request, "name" | "cause" | "subjects">,
    functionName: FunctionName,
    work: (instance: Instance, call: Call, process: Process) => Promise<void>,
    functionEnv: Readonly<Record<string, string>> = {},
  ): void => {
    const process: Process = scheduler.spawn(request.name, async (gate: Gate) => {
      const instance = fleet.lend(functionName, gate, functionEnv);
      const call = createCall(request, request.cause(clock.now, reference.steps()), reference, observer);
      byInstance.set(instance, call);
      calls.set(process, call);
      call.look();
      try {
        await work(instance, call, process);
      } catch (error) {
        if (backend.watch !== undefined && process.fates.length === 0)
          complain(`${request.name} throws ${String(error)}`);
      }
      calls.delete(process);
      if (process.fates.length === 0 && (await agrees(call))) reference.finish(call.cause);
      fleet.giveBack(functionName, instance, functionEnv);
    });
  };

  // Where the digest does not agree with the list, and was compared half a minute ago, nobody acts on it yet.
  const agrees = async ({ cause }: Call): Promise<boolean> => {
    if (cause.by !== "beat") return false;
    const items = await backend.items();
    const operator = items.find(({ pk, sk }) => pk === "OPERATORS" && sk === cause.instance);
    return operator?.["liveCount"] === cause.listed.size;
  };

  /** Sends a request; `take` gets the answer, or undefined where none came in this round. */
  const send = (request: Request, take: (answer: Answer | undefined) => void): void => {
    let open = true;
    sent.push(request);
    unanswered.push(() => {
      if (open) take(undefined);
      open = false;
    });
    spawn(request, functionOf(request.method, request.path), async (instance, call, process) => {
      const isDeploying = deploying;
      const answer = await instance.handle(request.method, request.path, request.body);
      const mayFail = isDeploying || deploying || process.fates.length > 0;
      call.look();
      if (backend.watch !== undefined) complaints.push(...answerComplaints(call, answer, reference, mayFail));
      if (open) take(answer);
      open = false;
    });
  };

  let reaps = 0;
  const reap = (): void => {
    reaps += 1;
    const name = `reaper ${reaps}`;
    spawn(
      { name, cause: (at, since) => ({ by: "reap", now: at, since }), subjects: [] },
      "reaper",
      async ({ runtime }) => {
        const endsAt = clock.now + 300_000;
        await createReaper(runtime)(
          {},
          invocationContext("reaper", name, () => endsAt - clock.now),
        );
      },
    );
  };

  /** The job, in the deployment with these settings: it puts them into force. */
  const runSeatJob = (name: string, kind: SeatSettingsKind): void => {
    const { lostMinutes, machineLostMinutes } = settingsOf(kind);
    const userMs = settingsOf(kind).mode === "floating" ? lostMinutes * MINUTE : undefined;
    const machineMs = machineMax === undefined ? undefined : machineLostMinutes * MINUTE;
    const request = { name, subjects: [] };
    const cause = (at: number, since: number) => ({ by: "seat job", userMs, machineMs, now: at, since }) as const;
    const work = async ({ runtime }: Instance) => {
      const endsAt = clock.now + 240_000;
      const context = invocationContext("seatJob", name, () => endsAt - clock.now);
      await createSeatJob(runtime)({}, context);
      deploying &&= state.seats !== kind;
    };
    spawn({ ...request, cause }, "seatJob", work, environmentOf(kind));
  };

  const deploy = (kind: SeatSettingsKind): void => {
    state.seats = kind;
    deploying = true;
    runSeatJob(`deployment: ${kind}`, kind);
  };

  const release = (place: number): void => {
    state.released = true;
    spawn(
      { name: "an admin releases a seat", cause: (at, since) => ({ by: "release", now: at, since }), subjects: [] },
      "sessions",
      async ({ runtime }) => {
        const holding = await runtime.license();
        if (holding.kind !== "held") return;
        const book = await runtime.currentBook(holding.license, clock.now);
        const seats = await listSeats(runtime.table, book);
        const seat = seats[place % Math.max(1, seats.length)];
        const moment = { now: clock.now, deadline: clock.now + 25_000 };
        const deps = { ...runtime, retentionDays: 1_825, log: runtime.log, table: runtime.table };
        if (seat !== undefined) await releaseSeat(deps, book, seat.id, "admin", moment);
      },
    );
  };

  const isRecent = ({ sentAt }: { sentAt: number }): boolean => clock.now - sentAt < RECENT_MS;

  const operators: readonly Operator[] = ["a", "b"].map((name) => createOperator(name, now));
  let sessions = 0;

  return {
    clock,
    state,
    items: backend.items,
    clear: backend.clear,
    reference,
    operators,
    complaints,
    send,
    reap,
    release,
    hasModes,
    deploy,
    seatJob: () => runSeatJob("seat job", state.seats),
    /** What was sent lately enough to arrive once more, or only now. */
    sent: (): readonly Request[] => sent.filter(isRecent),
    /** Has something arrive later. */
    postpone: (deliver: () => void): void => void late.push({ deliver, sentAt: clock.now }),
    /** What was postponed arrives, but for what is so late that it would be taken for sent by a wrong clock. */
    arrive(): void {
      for (const { deliver } of late.splice(0).filter(isRecent)) deliver();
    },
    newSessionId(): string {
      sessions += 1;
      return `s${sessions}`;
    },
    history: scheduler.history,
    /** Time passes; by then the index shows everything. */
    wait(milliseconds: number): void {
      clock.now += milliseconds;
      backend.settle();
      scheduler.note(`  ${milliseconds / 1_000} s later`);
    },
    /** Lets all that was sent happen, in the order of the steps, and looks at what it leaves. */
    async run(steps: readonly Step[]): Promise<void> {
      await scheduler.run(steps);
      for (const giveUp of unanswered.splice(0)) giveUp();
      complaints.push(...complaintsOf(await backend.items()));
    },
    letGo: scheduler.release,
    /** The license in force, and its seat book of now; none where no function has seen the license yet. */
    async book() {
      const license = licenses[state.license];
      const items = await backend.items();
      const { subscriptionId, trackingMode } = license.terms;
      const anchor = items.find(({ pk, sk }) => pk === "LICENSE" && sk === subscriptionId)?.["anchorDay"];
      const period = observer.settings().mode === "floating" ? "floating" : periodStart(Number(anchor ?? 1), clock.now);
      const name = `SEATS#${subscriptionId}#${trackingMode}#${period}`;
      return { license, items: items.filter(({ pk }) => pk === name) };
    },
  };
};
