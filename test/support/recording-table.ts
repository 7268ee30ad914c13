import { FUNCTIONS, type FunctionName, type FunctionSpec, type TableAction } from "../../shared/contract/functions.ts";
import type { Query, Table, Write } from "../../shared/store/table.ts";

/** What a function did to the table: the actions that IAM would have asked about. Those on the index count apart. */
export type Actions = { table: Set<TableAction>; index: boolean };

/** The IAM actions behind the parts of a transaction (Amazon DynamoDB developer guide, "IAM for transactions"). */
const WRITE_ACTIONS = {
  put: "PutItem",
  update: "UpdateItem",
  delete: "DeleteItem",
  check: "ConditionCheckItem",
} as const satisfies Record<Write["kind"], TableAction>;

/** Records what each function really does to the table. */
export const recording = () => {
  const names = Object.keys(FUNCTIONS) as FunctionName[];
  const done = new Map(names.map((name): [FunctionName, Actions] => [name, { table: new Set(), index: false }]));

  const around = (table: Table, name?: FunctionName): Table => {
    const actions = name === undefined ? undefined : done.get(name);
    if (actions === undefined) return table;
    const noteQuery = ({ index }: Query): void => {
      if (index === true) actions.index = true;
      else actions.table.add("Query");
    };
    return {
      get: (...args) => {
        actions.table.add("GetItem");
        return table.get(...args);
      },
      batchGet: (...args) => {
        actions.table.add("BatchGetItem");
        return table.batchGet(...args);
      },
      query: (query) => {
        noteQuery(query);
        return table.query(query);
      },
      queryPage: (query) => {
        noteQuery(query);
        return table.queryPage(query);
      },
      write: (write) => {
        actions.table.add(WRITE_ACTIONS[write.kind]);
        return table.write(write);
      },
      transact: (writes) => {
        for (const { kind } of writes) actions.table.add(WRITE_ACTIONS[kind]);
        return table.transact(writes);
      },
      batchPut: (...args) => {
        actions.table.add("BatchWriteItem");
        return table.batchPut(...args);
      },
    };
  };

  return {
    around,
    /** What a function has done so far, in the contract's form; undefined where it has not touched the table. */
    of: (name: FunctionName): FunctionSpec["table"] => {
      const { table = new Set<TableAction>(), index = false } = done.get(name) ?? {};
      return table.size === 0 && !index ? undefined : { actions: [...table].sort(), index };
    },
  };
};
