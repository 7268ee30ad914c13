import { CONDITIONS_PARTITION, ITEM_VERSION, OPEN_CONDITION_PREFIX, openConditionKey } from "../contract/keys.ts";
import { type EpochMs, formatTime } from "../contract/time.ts";
import { inParallel } from "../store/parallel.ts";
import type { Table } from "../store/table.ts";
import type { Condition, ConditionKind, Judged } from "./conditions.ts";

/** A condition that began and whose end people have not been notified of. */
export type OpenCondition = Condition & { since: EpochMs; endedAt: EpochMs | undefined };

const WRITES_AT_ONCE = 8;

/**
 * Stores which conditions begin and which end at this moment, and returns all that are open, those that end included. A
 * condition that ended stays until `forgetEnded`, so a crash in between loses no notice.
 */
export const noteConditions = async (
  table: Table,
  { holding, unknown }: Judged,
  now: EpochMs,
): Promise<OpenCondition[]> => {
  const open = await readOpen(table);
  const names = new Set(open.map(nameOf));
  const held = new Set(holding.map(nameOf));
  const begun = holding.filter((condition) => !names.has(nameOf(condition)));
  const ended = open.filter(
    (condition) => condition.endedAt === undefined && !held.has(nameOf(condition)) && !unknown.has(condition.kind),
  );
  await inParallel(begun, WRITES_AT_ONCE, (condition) => begin(table, condition, now));
  await inParallel(ended, WRITES_AT_ONCE, (condition) => end(table, condition, now));
  return begun.length + ended.length === 0 ? open : readOpen(table);
};

/** Deletes the conditions that ended, once people have been notified of all their ends. */
export const forgetEnded = async (table: Table, open: readonly OpenCondition[]): Promise<void> => {
  await inParallel(
    open.filter(({ endedAt }) => endedAt !== undefined),
    WRITES_AT_ONCE,
    async ({ kind, subject, since }) => {
      await table.write({
        kind: "delete",
        key: openConditionKey(kind, subject),
        condition: {
          expression: "since = :since AND attribute_exists(endedAt)",
          values: { ":since": formatTime(since) },
        },
      });
    },
  );
};

const nameOf = ({ kind, subject }: Condition): string => openConditionKey(kind, subject).sk;

const readOpen = async (table: Table): Promise<OpenCondition[]> => {
  const range = { prefix: OPEN_CONDITION_PREFIX };
  const items = await table.query({ partition: CONDITIONS_PARTITION, range, consistent: true });
  return items.map((item) => ({
    kind: item["kind"] as ConditionKind,
    subject: String(item["subject"]),
    since: Date.parse(String(item["since"])),
    endedAt: item["endedAt"] === undefined ? undefined : Date.parse(String(item["endedAt"])),
  }));
};

const begin = async (table: Table, { kind, subject }: Condition, now: EpochMs): Promise<void> => {
  await table.write({
    kind: "put",
    item: { ...openConditionKey(kind, subject), v: ITEM_VERSION, kind, subject, since: formatTime(now) },
    condition: { expression: "attribute_not_exists(pk)" },
  });
};

const end = async (table: Table, { kind, subject, since }: OpenCondition, now: EpochMs): Promise<void> => {
  await table.write({
    kind: "update",
    key: openConditionKey(kind, subject),
    update: { expression: "SET endedAt = :now", values: { ":now": formatTime(now) } },
    condition: {
      expression: "since = :since AND attribute_not_exists(endedAt)",
      values: { ":since": formatTime(since) },
    },
  });
};
