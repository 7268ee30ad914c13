import { timeoutSecondsOf } from "../contract/functions.ts";
import { ITEM_VERSION, type Key, noticeKey } from "../contract/keys.ts";
import { DAY_MS, type EpochMs, formatTime, SECOND_MS } from "../contract/time.ts";
import type { Item, Table } from "../store/table.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Notice } from "./notice.ts";
import type { Notification, Notify } from "./notifier.ts";

/** Far longer than the time in which the same notice could be due again. */
const KEPT_MS = 90 * DAY_MS;
/** How long a notice is reserved for the run that is giving it. No run takes longer. */
const TELLING_MS = timeoutSecondsOf("watch") * SECOND_MS;

export type GiveDeps = {
  table: Table;
  notify: Notify;
  log: Logger;
  /** Called for each notice that is given. */
  onGiven?: (notice: Notice) => void;
};

export type Given = { told: number; noted: number; failed: number };

type Pace = { now: EpochMs; deadline: EpochMs; clock: () => EpochMs };

/**
 * Gives those of these notices that have not been given. Each is stored first with a mark of this run. Of two runs at the
 * same time only one can set the mark. The mark is removed once the notice is sent, so a crash loses no notice: the mark
 * expires, and a later run sends the notice. A notice is sent twice only if a run is killed right after sending it. A
 * notice that cannot be sent, or that another run is sending, counts as failed and stops no other. If a notice cannot be
 * stored, the run ends with a `StoreUnavailable`.
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
    // It could not be sent, and a newer notice has replaced it: nobody needs it now.
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
  // A notice that could not be sent is free for the next run at once.
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

// The run that was sending it was killed, or failed.
const isLeft = (note: Item, at: EpochMs): boolean => Number(note["tellingUntil"]) <= at;

// Put only if absent, so that its event goes out once even with two runs at once. Returns whether it was absent.
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

// Returns whether the mark was still the one that was read.
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
