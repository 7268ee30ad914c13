import { setImmediate as tick } from "node:timers/promises";
import { StoreUnavailable, type Table } from "../../shared/store/table.ts";

/**
 * What befalls one operation on the table. `crash`: its process is killed, before or after the operation took effect.
 * `fail`: the store gives up, before or after. `twice`: the SDK sent it again since the first answer got lost (a
 * transaction's token makes the second the same as the first). `conflict`: a transaction meets another. `hold`: the
 * process stops there, as a frozen function does, until it is let go.
 */
export type Fate = "go" | "crash before" | "crash after" | "fail before" | "fail after" | "twice" | "conflict" | "hold";

/** Which of the waiting operations is next (counted around), and what befalls it. */
export type Step = { pick: number; fate: Fate };

/** One run of some code over the table, as one call of a function is. */
export type Process = {
  readonly name: string;
  readonly state: "running" | "held" | "done" | "crashed";
  /** What befell it, other than `go`. */
  readonly fates: readonly Fate[];
  /** What it threw, where it did. */
  readonly error: unknown;
};

export type Scheduler = {
  /** Starts a process. It runs up to its first operation when the scheduler next runs. */
  spawn(name: string, work: (gate: Gate) => Promise<void>): Process;
  /**
   * Lets the processes go on, one operation at a time, in the order of the steps; once these are used up, each process
   * runs to its end, the first one first. Ends when all processes are done, crashed or held.
   */
  run(steps: readonly Step[]): Promise<void>;
  /** Lets those that were held go on in the next run. */
  release(): void;
  /** The process whose operation is taking effect. */
  current(): Process | undefined;
  /** What happened, an operation a line: to be shown with a failure. */
  readonly history: readonly string[];
  /** Writes a line of one's own into the history. */
  note(line: string): void;
};

/** Where the operations of a process wait for their turn. */
export type Gate = {
  pass<T>(name: string, operation: () => Promise<T>, kind?: OperationKind): Promise<T>;
};

export type OperationKind = "read" | "write" | "transact";

/** So many turns of the event loop a process may take for what is not the table's: far more than a signature does. */
const MAX_TICKS = 1_000_000;

type Waiting = { process: State; name: string; perform: (fate: Fate) => Promise<void> };
type State = { -readonly [Name in keyof Process]: Process[Name] } & { fates: Fate[] };

/**
 * Runs several processes over one table in an order that is chosen, operation by operation: the same steps give the same
 * history. Only one process ever runs; all the others wait at an operation. Unlike the order of fast-check's own
 * scheduler, a list of steps shrinks, and the empty one runs the processes one after the other.
 */
export const createScheduler = (): Scheduler => {
  const waiting: Waiting[] = [];
  const starting: (() => void)[] = [];
  const processes: State[] = [];
  const history: string[] = [];
  let current: State | undefined;

  const gateOf = (process: State): Gate => ({
    pass: (name, operation, kind = "read") =>
      new Promise((resolve, reject) => {
        // What a crashed process still asks for never happens.
        if (process.state === "crashed") return;
        const perform = async (fate: Fate): Promise<void> => {
          current = process;
          try {
            const result = await performed(operation, kind, fate);
            if (fate !== "crash before" && fate !== "crash after") resolve(result);
          } catch (error) {
            reject(error);
          } finally {
            current = undefined;
          }
        };
        waiting.push({ process, name, perform });
      }),
  });

  const live = async (process: State, work: (gate: Gate) => Promise<void>): Promise<void> => {
    try {
      await work(gateOf(process));
    } catch (error) {
      process.error = error;
    }
    process.state = "done";
  };

  // Everything between two operations is settled promises, but for what a process does outside of the table (signing a
  // lease): that is waited for, since only one process runs at a time.
  const settled = async (): Promise<void> => {
    for (let ticks = 0; ticks < MAX_TICKS; ticks += 1) {
      await tick();
      if (!processes.some(isBusy)) return;
    }
    throw new Error(`waits for something that is no operation: ${processes.find(isBusy)?.name}`);
  };

  const isBusy = (process: State): boolean =>
    process.state === "running" && !waiting.some((one) => one.process === process);

  const doStep = async ({ pick, fate }: Step): Promise<void> => {
    const ready = processes
      .filter(({ state }) => state === "running")
      .flatMap((process) => waiting.filter((one) => one.process === process));
    const next = ready[pick % ready.length];
    if (next === undefined) return;
    const { process, name } = next;
    if (fate !== "go") process.fates.push(fate);
    history.push(`${process.name}: ${name}${fate === "go" ? "" : ` (${fate})`}`);
    if (fate === "hold") {
      process.state = "held";
      return;
    }
    waiting.splice(waiting.indexOf(next), 1);
    await next.perform(fate);
    if (fate !== "crash before" && fate !== "crash after") return;
    process.state = "crashed";
    for (const other of waiting.filter((one) => one.process === process)) waiting.splice(waiting.indexOf(other), 1);
  };

  return {
    history,
    note: (line) => void history.push(line),
    current: () => current,
    spawn(name, work) {
      const process: State = { name, state: "running", fates: [], error: undefined };
      processes.push(process);
      starting.push(() => void live(process, work));
      return process;
    },
    async run(steps) {
      for (const start of starting.splice(0)) start();
      await settled();
      for (let number = 0; waiting.some(({ process }) => process.state === "running"); number += 1) {
        await doStep(steps[number] ?? { pick: 0, fate: "go" });
        await settled();
      }
      processes.splice(0, processes.length, ...processes.filter(({ state }) => state === "held"));
    },
    release() {
      for (const process of processes) if (process.state === "held") process.state = "running";
    },
  };
};

const performed = async <T>(operation: () => Promise<T>, kind: OperationKind, fate: Fate): Promise<T> => {
  if (fate === "crash before") return undefined as T;
  if (fate === "fail before") throw new StoreUnavailable("it failed before it was done");
  if (fate === "conflict" && kind === "transact") return { outcome: "conflict" } as T;
  const result = await operation();
  if (fate === "fail after") throw new StoreUnavailable("it failed after it was done");
  return fate === "twice" && kind === "write" ? operation() : result;
};

/** The table as a process sees it: each of its operations waits for its turn. */
export const scheduledTable = (table: Table, gate: () => Gate): Table => ({
  get: (key, options) => gate().pass(`get ${key.pk} ${key.sk}`, () => table.get(key, options)),
  batchGet: (keys, options) => gate().pass(`batchGet ${keys.length}`, () => table.batchGet(keys, options)),
  query: (query) => gate().pass(`query ${query.partition}`, () => table.query(query)),
  queryPage: (query) => gate().pass(`queryPage ${query.partition}`, () => table.queryPage(query)),
  write: (write) => {
    const { pk, sk } = write.kind === "put" ? write.item : write.key;
    return gate().pass(`${write.kind} ${pk} ${sk}`, () => table.write(write), "write");
  },
  transact: (writes) =>
    gate().pass(
      `transact ${writes.map((write) => `${write.kind} ${(write.kind === "put" ? write.item : write.key).pk}`).join(", ")}`,
      () => table.transact(writes),
      "transact",
    ),
  batchPut: (items, options) => gate().pass(`batchPut ${items.length}`, () => table.batchPut(items, options), "write"),
});
