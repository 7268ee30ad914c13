import type { Key } from "../../../shared/contract/keys.ts";
import type { Table, Write } from "../../../shared/store/table.ts";

/** A table that remembers its last answer to every question, and can be left alone with them. */
export type RecordedTable = {
  readonly table: Table;
  /** From now on it answers what was answered before, at once, and fails where that was never asked. */
  replay(): void;
};

/** Over a real table, so that nothing of what it answers is made up. */
export const recordedTable = (real: Table): RecordedTable => {
  const answers = new Map<string, Promise<unknown>>();
  let replaying = false;
  const ask = <Value>(question: string, asked: () => Promise<Value>): Promise<Value> => {
    const known = replaying ? answers.get(question) : asked();
    if (known === undefined) return Promise.reject(new Error(`never asked before: ${question}`));
    if (!replaying) answers.set(question, known);
    return known as Promise<Value>;
  };
  const table: Table = {
    get: (key, options) => ask(`get ${nameOf(key)}`, () => real.get(key, options)),
    batchGet: (keys, options) => ask(`batchGet ${keys.map(nameOf).join()}`, () => real.batchGet(keys, options)),
    query: (query) => ask(`query ${JSON.stringify(query)}`, () => real.query(query)),
    queryPage: (query) => ask(`queryPage ${JSON.stringify(query)}`, () => real.queryPage(query)),
    write: (write) => ask(`write ${targetOf(write)}`, () => real.write(write)),
    transact: (writes) => ask(`transact ${writes.map(targetOf).join()}`, () => real.transact(writes)),
    batchPut: (items, options) => ask(`batchPut ${items.map(nameOf).join()}`, () => real.batchPut(items, options)),
  };
  return {
    table,
    replay: () => {
      replaying = true;
    },
  };
};

const nameOf = ({ pk, sk }: Key): string => `${pk} ${sk}`;

const targetOf = (write: Write): string => `${write.kind} ${nameOf(write.kind === "put" ? write.item : write.key)}`;
