import { type Item, StoreUnavailable, type Table, type Write } from "../../shared/store/table.ts";

/** Writes counted one by one, the function killed at one of them: from then on nothing answers until `revive`. */
export type Crashing = {
  around(table: Table): Table;
  /** Kills at the nth write from now on: `before` it has taken effect, or right `after`. */
  killAt(write: number, when: "before" | "after"): void;
  revive(): void;
  killed(): boolean;
  writes(): number;
};

export const crashing = (): Crashing => {
  let writes = 0;
  let plan: { write: number; when: "before" | "after" } | undefined;
  let killed = false;
  const alive = () => {
    if (killed) throw new StoreUnavailable("killed");
  };
  const counted = async <T>(work: () => Promise<T>): Promise<T> => {
    alive();
    writes += 1;
    const isLast = plan?.write === writes;
    if (isLast && plan?.when === "before") killed = true;
    alive();
    const outcome = await work();
    if (isLast) killed = true;
    alive();
    return outcome;
  };
  const read = async <T>(work: () => Promise<T>): Promise<T> => {
    alive();
    return work();
  };
  return {
    around: (table) => ({
      get: (...args) => read(() => table.get(...args)),
      batchGet: (...args) => read(() => table.batchGet(...args)),
      query: (...args) => read(() => table.query(...args)),
      queryPage: (...args) => read(() => table.queryPage(...args)),
      write: (...args) => counted(() => table.write(...args)),
      transact: (...args) => counted(() => table.transact(...args)),
      batchPut: (...args) => counted(() => table.batchPut(...args)),
    }),
    killAt(write, when) {
      writes = 0;
      killed = false;
      plan = { write, when };
    },
    revive() {
      killed = false;
      plan = undefined;
    },
    killed: () => killed,
    writes: () => writes,
  };
};

export type Weather = {
  /** In [0, 1): the chance of a transaction to run into another, of any call to fail, and of a write to fail after its effect. */
  conflict: number;
  before: number;
  after: number;
};

/** A table in bad weather: conflicts and outages by chance. It clears where `weather` is set to `CLEAR`. */
export const stormy = (random: () => number, forecast: Weather) => {
  const state = { weather: forecast };
  const storm = async <T>(work: () => Promise<T>): Promise<T> => {
    if (random() < state.weather.before) throw new StoreUnavailable("storm");
    const outcome = await work();
    if (random() < state.weather.after) throw new StoreUnavailable("storm, too late");
    return outcome;
  };
  return {
    state,
    around: (table: Table): Table => ({
      ...table,
      get: (...args) => storm(() => table.get(...args)),
      batchGet: (...args) => storm(() => table.batchGet(...args)),
      query: (...args) => storm(() => table.query(...args)),
      write: (...args) => storm(() => table.write(...args)),
      transact: (...args) =>
        storm(async () => (random() < state.weather.conflict ? { outcome: "conflict" } : table.transact(...args))),
    }),
  };
};

export const CLEAR: Weather = { conflict: 0, before: 0, after: 0 };

/**
 * The index some writes (`hidden`) behind the table: of what they touched it shows what was there before. With every look
 * at it, it has caught up by one.
 */
export const lagging = () => {
  const state = { hidden: 0, indexQueries: 0 };
  const history: { key: string; before: Item | undefined }[] = [];
  const note = async (table: Table, write: Write) => {
    const key = write.kind === "put" ? { pk: write.item.pk, sk: write.item.sk } : write.key;
    if (!key.pk.startsWith("SESSION#")) return;
    history.push({ key: key.pk, before: await table.get(key, { consistent: true }) });
  };
  const asShown = async (table: Table, partition: string): Promise<Item[]> => {
    const shown = new Map<string, Item>();
    for (const item of await table.query({ partition, index: true })) shown.set(String(item["pk"]), item);
    for (const { key, before } of history.slice(Math.max(0, history.length - state.hidden)).reverse()) {
      shown.delete(key);
      if (before?.["list"] === partition) shown.set(key, before);
    }
    return [...shown.values()].sort((a, b) => (String(a["at"]) < String(b["at"]) ? -1 : 1));
  };
  return {
    state,
    around: (table: Table): Table => ({
      ...table,
      async query(query) {
        if (query.index !== true) return table.query(query);
        state.indexQueries += 1;
        if (state.hidden === 0) return table.query(query);
        const { range } = query;
        const shown = await asShown(table, query.partition);
        state.hidden -= 1;
        return shown.filter(
          ({ at }) => range === undefined || !("from" in range) || (String(at) >= range.from && String(at) <= range.to),
        );
      },
      async write(write) {
        await note(table, write);
        return table.write(write);
      },
      async transact(writes) {
        for (const write of writes) await note(table, write);
        return table.transact(writes);
      },
    }),
  };
};

/** Chance that a seed repeats (mulberry32). */
export const chance = (seed: number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};
