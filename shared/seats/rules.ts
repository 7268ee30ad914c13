import { seatRulesKey } from "../contract/keys.ts";
import type { Reservation } from "../contract/reservations.ts";
import { DAY_MS, type EpochMs, MINUTE_MS, SECOND_MS } from "../contract/time.ts";
import type { Item, Table } from "../store/table.ts";

/** How seats are taken and become free, as a deployment configures it. */
export type SeatSettings = {
  /** `period`: a seat is its user's until the billing period ends. `floating`: until its last session ended, and the grace. */
  mode: "period" | "floating";
  /** How long a floating seat without a live session is kept for its user. */
  graceMinutes: number;
  /** In the mode `period`: a seat without a live session for this long may be taken over. Undefined: none may. */
  idleDays: number | undefined;
  /** Seats kept for some users. */
  reservations: readonly Reservation[];
};

/** The settings in force, as the table has them. Functions obey these, so that all obey the same. */
export type SeatRules = SeatSettings & {
  /** Grows with each change. 0: they were never set. */
  generation: number;
  /**
   * The generation since which live sessions hold their seats, so that a seat without one can be taken over. Undefined in the
   * plain mode `period`, where nothing notes which sessions are live.
   */
  holding: number | undefined;
  /** When they came into force. */
  since: EpochMs;
};

export const DEFAULT_SETTINGS: SeatSettings = {
  mode: "period",
  graceMinutes: 15,
  idleDays: undefined,
  reservations: [],
};

/** The rules of a table that has none: the plain mode `period`. */
export const FIRST_RULES: SeatRules = { ...DEFAULT_SETTINGS, generation: 0, holding: undefined, since: 0 };

/**
 * For this long after a change, functions may still obey the rules before. It is longer than a copy lives (`COPY_MS`) and a
 * request lasts.
 */
export const SETTLED_AFTER_MS = 2 * MINUTE_MS;

/** Whether live sessions hold their seats. */
export const areHeld = ({ mode, idleDays }: SeatSettings): boolean => mode === "floating" || idleDays !== undefined;

/** How long a seat must have been without a live session to be taken over. Undefined: no seat may be. */
export const idleMsOf = ({ mode, graceMinutes, idleDays }: SeatSettings): number | undefined =>
  mode === "floating" ? graceMinutes * MINUTE_MS : idleDays === undefined ? undefined : idleDays * DAY_MS;

export const rulesFrom = (item: Item | undefined): SeatRules =>
  item === undefined
    ? FIRST_RULES
    : {
        mode: item["mode"] === "floating" ? "floating" : "period",
        graceMinutes: Number(item["graceMinutes"]),
        idleDays: item["idleDays"] === undefined ? undefined : Number(item["idleDays"]),
        reservations: (item["reservations"] ?? []) as readonly Reservation[],
        generation: Number(item["generation"]),
        holding: item["holding"] === undefined ? undefined : Number(item["holding"]),
        since: Date.parse(String(item["since"])),
      };

/** The rules of now, read consistently. Throws `StoreUnavailable`. */
export const readRules = async (table: Table): Promise<SeatRules> =>
  rulesFrom(await table.get(seatRulesKey, { consistent: true }));

/** A mode, and when it came into force. */
export type ModeSince = { from: EpochMs; mode: SeatSettings["mode"] };

/** The modes that were in force since the rules were first changed, the oldest first. Before, it was `period`. */
export const readModes = async (table: Table): Promise<ModeSince[]> =>
  modesIn(await table.get(seatRulesKey, { consistent: true }));

export const modesIn = (item: Item | undefined): ModeSince[] =>
  ((item?.["modes"] ?? []) as { from: string; mode: ModeSince["mode"] }[]).map(({ from, mode }) => ({
    from: Date.parse(from),
    mode,
  }));

/** Whether the rules have changed since a process read them. Read consistently. */
export const areChanged = async (table: Table, { generation }: SeatRules): Promise<boolean> =>
  (await readRules(table)).generation !== generation;

/** A process's copy of the rules. */
export type HeldRules = {
  /** Throws `StoreUnavailable`. */
  current(): Promise<SeatRules>;
  /**
   * Notes a seat book's counter that was read: a change of the rules writes its generation into the counter of the book in
   * use. Another book's may be older, so a counter can end a copy's life and never extends it.
   */
  saw(counter: Item | undefined): void;
};

/** So long a copy is obeyed. */
const COPY_MS = 75 * SECOND_MS;

export const heldRules = (table: () => Table, now: () => EpochMs): HeldRules => {
  let copy: { rules: SeatRules; readAt: EpochMs } | undefined;
  let isOutdated = false;
  let reading: Promise<SeatRules> | undefined;
  const read = async (): Promise<SeatRules> => {
    const readAt = now();
    const rules = rulesFrom(await table().get(seatRulesKey, { consistent: isOutdated }));
    isOutdated = false;
    copy = { rules, readAt };
    return rules;
  };
  return {
    async current() {
      if (copy !== undefined && now() - copy.readAt < COPY_MS) return copy.rules;
      reading ??= read().finally(() => {
        reading = undefined;
      });
      return reading;
    },
    saw(counter) {
      if (copy === undefined || generationIn(counter) <= copy.rules.generation) return;
      isOutdated = true;
      copy = undefined;
    },
  };
};

/** The generation of the rules that a counter was last written by. Plain counters name none. */
export const generationIn = (counter: Item | undefined): number => Number(counter?.["generation"] ?? 0);
