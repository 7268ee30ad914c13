import { OPERATORS_PARTITION, operatorKey } from "../contract/keys.ts";
import type { Table } from "../store/table.ts";
import { type Operator, operatorFrom } from "./operator.ts";

/** The known operators, by their ids. */
export const listOperators = async (table: Table, { consistent = false } = {}): Promise<Operator[]> =>
  (await table.query({ partition: OPERATORS_PARTITION, consistent })).map(operatorFrom);

/** A page of the known operators, by their ids. `after`: the last id of the page before. */
export const listOperatorPage = async (
  table: Table,
  { limit, after }: { limit: number; after: string | undefined },
): Promise<{ operators: Operator[]; next: string | undefined }> => {
  const startKey = after === undefined ? undefined : operatorKey(after);
  const { items, next } = await table.queryPage({ partition: OPERATORS_PARTITION, limit, startKey });
  return { operators: items.map(operatorFrom), next: next === undefined ? undefined : String(next["sk"]) };
};
