import { timeoutSecondsOf } from "../contract/functions.ts";
import { ITEM_VERSION, type Key, noticeKey } from "../contract/keys.ts";
import { DAY_MS, type EpochMs, formatTime, SECOND_MS } from "../contract/time.ts";
import type { Item, Table } from "../store/table.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Notice } from "./notice.ts";
import type { Notification, Notify } from "./notifier.ts";

/** Far beyond the time in which anything could be told of again. */
const KEPT_MS = 90 * DAY_MS;
/** How long a notice is left to the run that has set about telling it: none goes on for longer. */
const TELLING_MS = timeoutSecondsOf("watch") * SECOND_MS;

export type GiveDeps = {
  table: Table;
  notify: Notify;
  log: Logger;
  /** Told of each that is given. */
  onGiven?: (notice: Notice) => void;
};

export type Given = { told: number; noted: number; failed: number };

type Pace = { now: EpochMs; deadline: EpochMs; clock: () => EpochMs };

/**
 * Gives those of these notices that have not been given. Each is noted first, as one that this run is telling, which of two
 * runs at the same time only one can; the mark goes once people are told. So a crash loses none: the mark runs out, and a
 * later run tells it; one that was killed right after people were told is all that can be told twice. A notice that cannot be
 * told, or is another run's, spoils no other and counts as failed. One that cannot be noted ends the run with a
 * `StoreUnavailable`.
 */
export const giveNotices = async (deps: GiveDeps, notices: readonly Notice[], pace: Pace): Promise<Given> => {
  const given: Given = { told: 0, noted: 0, failed: 0 };
  for (const { notice, note } of await withoutGiven(deps.table, notices)) {
    const outcome = pace.clock() >= pace.deadline ? "failed" : await give(deps, notice, note, pace);
    if (outcome === "told") given.told += 1;
    if (outcome === "failed") given.failed += 1;
    else given.noted += 1;
  }
  return given;
};

const give = async (
  deps: GiveDeps,
  notice: Notice,
  note: Item | undefined,
  { now, clock }: Pace,
): Promise<"told" | "noted" | "failed"> => {
  const { table, log, onGiven } = deps;
  if (notice.message === undefined) {
    onGiven?.(notice);
    // People were to be told of it, could not be, and something else has taken its place since: now nobody is.
    if (note === undefined) await putNote(table, notice, now);
    else await changeMark(table, notice, Number(note["tellingUntil"]), undefined);
    return "noted";
  }
  const tellingUntil = clock() + TELLING_MS;
  const isOurs =
    note === undefined
      ? await putNote(table, notice, now, tellingUntil)
      : isLeft(note, clock()) && (await changeMark(table, notice, Number(note["tellingUntil"]), tellingUntil));
  if (!isOurs) {
    log.warn("notice left to another run", { kind: notice.kind, what: notice.what });
    return "failed";
  }
  const isTold = await tell(deps, notice, notice.message);
  // What could not be told is free for the next run at once.
  await changeMark(table, notice, tellingUntil, isTold ? undefined : clock());
  if (isTold) onGiven?.(notice);
  return isTold ? "told" : "failed";
};

const tell = async ({ notify, log }: GiveDeps, { kind, what }: Notice, message: Notification): Promise<boolean> => {
  try {
    await notify(message);
    return true;
  } catch (error) {
    log.warn("notice not given", { kind, what, error });
    return false;
  }
};

const withoutGiven = async (
  table: Table,
  notices: readonly Notice[],
): Promise<{ notice: Notice; note: Item | undefined }[]> => {
  const keys = notices.map(({ kind, what }) => noticeKey(kind, what));
  const notes = new Map(
    (await table.batchGet(keys, { consistent: true })).map((note) => [`${note["pk"]} ${note["sk"]}`, note]),
  );
  return notices.flatMap((notice) => {
    const { pk, sk } = noticeKey(notice.kind, notice.what);
    const note = notes.get(`${pk} ${sk}`);
    return note === undefined || note["tellingUntil"] !== undefined ? [{ notice, note }] : [];
  });
};

// Whoever was telling it has been killed, or could not.
const isLeft = (note: Item, at: EpochMs): boolean => Number(note["tellingUntil"]) <= at;

// Put only if absent, so that its event goes out once whoever else is at it. Gives whether it was.
const putNote = async (
  table: Table,
  { kind, what, facts }: Notice,
  now: EpochMs,
  tellingUntil?: EpochMs,
): Promise<boolean> => {
  const item: Key & Item = {
    ...noticeKey(kind, what),
    v: ITEM_VERSION,
    kind,
    ...facts,
    notedAt: formatTime(now),
    ...(tellingUntil === undefined ? {} : { tellingUntil }),
    expiresAt: Math.floor((now + KEPT_MS) / SECOND_MS),
  };
  const { outcome } = await table.write({ kind: "put", item, condition: { expression: "attribute_not_exists(pk)" } });
  return outcome === "written";
};

// Gives whether the mark was still as it was seen.
const changeMark = async (
  table: Table,
  { kind, what }: Notice,
  seen: EpochMs,
  until: EpochMs | undefined,
): Promise<boolean> => {
  const { outcome } = await table.write({
    kind: "update",
    key: noticeKey(kind, what),
    update:
      until === undefined
        ? { expression: "REMOVE tellingUntil" }
        : { expression: "SET tellingUntil = :until", values: { ":until": until } },
    condition: { expression: "tellingUntil = :seen", values: { ":seen": seen } },
  });
  return outcome === "written";
};
