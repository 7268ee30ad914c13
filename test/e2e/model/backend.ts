import type { Table } from "../../../shared/store/table.ts";
import { type Chances, faultyTable, type TableFault } from "../../support/faults.ts";
import { type Change, createMemoryTable } from "../../support/memory-table.ts";
import { createScheduler, type Fate, type Gate, type Process, type Scheduler } from "../../support/scheduler.ts";
import type { Raw } from "./soundness.ts";

/** What a world's server runs on. */
export type Backend = {
  scheduler: Scheduler;
  table: Table;
  items(): Promise<readonly Raw[]>;
  /** The same at this very moment, where commits are seen. */
  itemsNow(): readonly Raw[];
  /** Enough time passes for the index to show everything. */
  settle(): void;
  /** All clears up: the index is no longer behind, and nothing fails any more. */
  clear(): void;
  /** Has every commit told. Where that cannot be, answers cannot be judged by what was true at their time. */
  watch: ((see: (changes: readonly Change[]) => void) => void) | undefined;
};

/** The table in memory, and every order of operations that is asked for. */
export const inMemory = ({ indexLag, pageItems }: { indexLag: number; pageItems: number }): Backend => {
  const scheduler = createScheduler();
  const memory = createMemoryTable({ indexLag, pageItems });
  return {
    scheduler,
    table: memory,
    items: async () => memory.items(),
    itemsNow: () => memory.items(),
    settle: () => memory.settle(),
    clear: () => {
      memory.options.indexLag = 0;
    },
    watch: (see) => {
      memory.options.onCommit = see;
    },
  };
};

/** A table of which no commit is seen, with real concurrency: all that is started together races. Some of it fails. */
export const racing = (
  table: Table,
  items: () => Promise<readonly Raw[]>,
  random: () => number,
  chances: Chances<TableFault>,
): Backend => {
  const weather = { ...chances };
  return {
    scheduler: createRace(),
    table: faultyTable(table, random, weather),
    items,
    itemsNow: () => [],
    settle: () => {},
    clear: () => {
      for (const fault of Object.keys(weather) as TableFault[]) weather[fault] = 0;
    },
    watch: undefined,
  };
};

const OPEN: Gate = { pass: (_, operation) => operation() };

const createRace = (): Scheduler => {
  const starting: (() => Promise<void>)[] = [];
  const history: string[] = [];
  return {
    history,
    note: (line) => void history.push(line),
    current: () => undefined,
    release: () => {},
    spawn(name, work) {
      const process: { -readonly [Name in keyof Process]: Process[Name] } = {
        name,
        state: "running",
        fates: [] as Fate[],
        error: undefined,
      };
      history.push(name);
      starting.push(async () => {
        try {
          await work(OPEN);
        } catch (error) {
          process.error = error;
        }
        process.state = "done";
      });
      return process;
    },
    run: async () => void (await Promise.all(starting.splice(0).map((start) => start()))),
  };
};
