import { FUNCTIONS, type FunctionName, type FunctionSpec } from "../../shared/contract/functions.ts";
import { LISTS, PARTITIONS } from "../../shared/contract/keys.ts";
import type { Query, Table, Write } from "../../shared/store/table.ts";
import { isLike } from "./deployed/resource-policy.ts";

/** The table as the policy of a function's role shows it: throws at a partition that the contract does not give the function. */
export const withinKeys = (table: Table, name: FunctionName): Table => {
  const spec: FunctionSpec = FUNCTIONS[name];
  const { reads = [], writes = [], lists = [] } = spec.table ?? {};
  const require = (kind: string, patterns: readonly string[], partition: string) => {
    if (patterns.some((pattern) => isLike(pattern, partition))) return;
    throw new Error(`${name} ${kind} ${partition}, which FUNCTIONS.${name}.table does not name`);
  };
  const patternsOf = (names: NonNullable<FunctionSpec["table"]>["reads"]) => names.map((one) => PARTITIONS[one]);
  const read = (partition: string) => require("reads", patternsOf(reads), partition);
  const change = (partition: string) => require("writes", patternsOf(writes), partition);
  const list = (partition: string) => require("lists", lists.map((one) => LISTS[one]), partition);
  const query = ({ partition, index }: Query) => (index === true ? list(partition) : read(partition));
  const write = (one: Write) => {
    if (one.kind === "check") read(one.key.pk);
    else change(one.kind === "put" ? one.item.pk : one.key.pk);
  };
  return {
    async get(key, options) {
      read(key.pk);
      return table.get(key, options);
    },
    async batchGet(keys, options) {
      for (const { pk } of keys) read(pk);
      return table.batchGet(keys, options);
    },
    async query(one) {
      query(one);
      return table.query(one);
    },
    async queryPage(one) {
      query(one);
      return table.queryPage(one);
    },
    async write(one) {
      write(one);
      return table.write(one);
    },
    async transact(writes) {
      for (const one of writes) write(one);
      return table.transact(writes);
    },
    async batchPut(items, options) {
      for (const { pk } of items) change(pk);
      return table.batchPut(items, options);
    },
  };
};
