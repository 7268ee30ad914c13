import { marshall } from "@aws-sdk/util-dynamodb";
import { type Key, TABLE } from "../../shared/contract/keys.ts";
import { type EpochMs, SECOND_MS } from "../../shared/contract/time.ts";
import type { ItemChange } from "../../shared/store/stream-record.ts";
import type { Item, Table, Write } from "../../shared/store/table.ts";

/**
 * Keeps what the stream of a table would have told of: the image of each item before and after each write that changed
 * it. For tests that do one thing after the other.
 */
export const streaming = (now: () => EpochMs) => {
  const changes: ItemChange[] = [];
  const around = (table: Table): Table => {
    const imagesOf = (keys: readonly Key[]): Promise<(Item | undefined)[]> =>
      Promise.all(keys.map((key) => table.get(key, { consistent: true })));
    const recorded = async <T>(writes: readonly Write[], work: () => Promise<T>): Promise<T> => {
      const keys = writes.filter(({ kind }) => kind !== "check").map(keyOf);
      const before = await imagesOf(keys);
      const outcome = await work();
      // A write that leaves an item as it was has no record (DynamoDB developer guide, "DynamoDB Streams").
      for (const [place, after] of (await imagesOf(keys)).entries())
        if (JSON.stringify(after) !== JSON.stringify(before[place])) note(before[place], after);
      return outcome;
    };
    return {
      ...table,
      write: (write) => recorded([write], () => table.write(write)),
      transact: (writes) => recorded(writes, () => table.transact(writes)),
      batchPut: (items, options) =>
        recorded(
          items.map((item) => ({ kind: "put", item })),
          () => table.batchPut(items, options),
        ),
    };
  };
  const note = (before: Item | undefined, after: Item | undefined): void => {
    const sequence = String(changes.length + 1).padStart(21, "1");
    changes.push({ id: `record-${changes.length + 1}`, sequence, at: now(), before, after });
  };
  return { around, changes };
};

const keyOf = (write: Write): Key => {
  if (write.kind !== "put") return write.key;
  const { [TABLE.partitionKey]: pk, [TABLE.sortKey]: sk } = write.item;
  return { pk, sk };
};

/** A change as a pipe hands its record over. */
export const streamRecord = ({ id, sequence, at, before, after }: ItemChange) => ({
  eventID: id,
  eventVersion: "1.1",
  eventSource: "aws:dynamodb",
  awsRegion: "eu-central-1",
  eventName: before === undefined ? "INSERT" : after === undefined ? "REMOVE" : "MODIFY",
  dynamodb: {
    ApproximateCreationDateTime: Math.floor(at / SECOND_MS),
    SequenceNumber: sequence,
    ...(before === undefined ? {} : { OldImage: marshall(before) }),
    ...(after === undefined ? {} : { NewImage: marshall(after) }),
    StreamViewType: "NEW_AND_OLD_IMAGES",
  },
});

/** Whether a record is taken by a filter, as far as event patterns are used here: exact, `prefix` and `exists`. */
export const isTaken = (record: unknown, pattern: unknown): boolean => {
  if (Array.isArray(pattern)) return pattern.some((one) => matchesLeaf(record, one));
  return Object.entries(pattern as object).every(([name, inner]) =>
    isTaken((record as Record<string, unknown> | undefined)?.[name], inner),
  );
};

const matchesLeaf = (value: unknown, leaf: unknown): boolean => {
  if (typeof leaf !== "object" || leaf === null) return value === leaf;
  const { prefix, exists, ...others } = leaf as { prefix?: string; exists?: boolean };
  if (Object.keys(others).length > 0) throw new Error("no such pattern is known here");
  if (exists !== undefined) return (value !== undefined) === exists;
  return typeof value === "string" && prefix !== undefined && value.startsWith(prefix);
};
