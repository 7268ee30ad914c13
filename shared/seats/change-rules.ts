import { isDeepStrictEqual } from "node:util";
import {
  type BookId,
  bookPartition,
  counterKeyIn,
  FLOATING_PERIOD,
  ITEM_VERSION,
  seatRulesKey,
} from "../contract/keys.ts";
import { type EpochMs, formatTime } from "../contract/time.ts";
import type { AnchorDays } from "../licensing/anchor.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import { auditWrite } from "../store/audit.ts";
import { type Pace, retrying } from "../store/retry.ts";
import type { Expression, Item, Table, Write } from "../store/table.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type Book, bookOf } from "./book.ts";
import { billingPeriod } from "./period.ts";
import {
  areHeld,
  DEFAULT_SETTINGS,
  FIRST_RULES,
  modesIn,
  rulesFrom,
  type SeatRules,
  type SeatSettings,
} from "./rules.ts";

export type ChangeRulesDeps = {
  table: Table;
  pace: Pace;
  newId: () => string;
  retentionDays: number;
  log: Logger;
  anchors: AnchorDays;
};

/**
 * Puts the configured settings of seats into force, if they are not yet, and returns the rules in force. One transaction
 * closes the book in use before, opens the one in use from now on, and writes the rules with the next generation, so that no
 * claim succeeds by the rules before. Under a license with other books, where sessions hold their seats, it does the same.
 * Throws `StoreUnavailable`.
 */
export const changeRules = async (
  deps: ChangeRulesDeps,
  configured: SeatSettings,
  license: LicenseFile,
  { now, deadline }: { now: EpochMs; deadline: EpochMs },
): Promise<SeatRules> => {
  const settings = effective(configured);
  const billing = billingPeriod(await deps.anchors(license, now), now);
  return retrying(deps.pace, deadline, async () => {
    const found = await deps.table.get(seatRulesKey, { consistent: true });
    const before = rulesFrom(found);
    const floating = floatingBook(bookOf(license, billing, before).id);
    const isSwapped = areHeld(before) && areHeld(settings) && found?.["floatingBook"] !== floating;
    if (isSame(before, settings) && !isSwapped) return before;
    const generation = before.generation + 1;
    const continues = before.holding !== undefined && before.mode === settings.mode && !isSwapped;
    const holding = areHeld(settings) ? (continues ? before.holding : generation) : undefined;
    const rules: SeatRules = { ...settings, generation, holding, since: now };
    const { outcome } = await deps.table.transact([
      { kind: "put", item: ruleItem(rules, found, floating), condition: asRead(before) },
      ...bookWrites(bookOf(license, billing, before), bookOf(license, billing, rules), now),
      auditWrite(auditEntry(rules), now, deps.newId(), deps.retentionDays),
    ]);
    if (outcome !== "committed") return undefined;
    deps.log.info("rules of seats changed", { ...settings, generation });
    return rules;
  });
};

/** So many changes of the mode are kept for the history of seats. */
const MOST_MODES = 50;

const modesAfter = (found: Item | undefined, mode: SeatSettings["mode"], since: EpochMs) => {
  const before = modesIn(found);
  const isNew = (before.at(-1)?.mode ?? "period") !== mode;
  return [...before, ...(isNew ? [{ from: since, mode }] : [])]
    .slice(-MOST_MODES)
    .map(({ from, mode: one }) => ({ from: formatTime(from), mode: one }));
};

// What a mode does not use is no reason for a change.
const effective = ({ mode, graceMinutes, idleDays, reservations }: SeatSettings): SeatSettings =>
  mode === "floating"
    ? { mode, graceMinutes, idleDays: undefined, reservations }
    : { mode, graceMinutes: DEFAULT_SETTINGS.graceMinutes, idleDays, reservations };

const isSame = (one: SeatSettings, other: SeatSettings): boolean =>
  one.mode === other.mode &&
  one.graceMinutes === other.graceMinutes &&
  one.idleDays === other.idleDays &&
  isDeepStrictEqual(one.reservations, other.reservations);

/** The book of a license's floating seats. Another license of the same subscription has the same. */
export const floatingBook = (id: BookId): string => bookPartition({ ...id, periodStart: FLOATING_PERIOD });

/** The floating books of earlier licenses, whose idle seats are to be freed. */
export const leftBooks = async (table: Table): Promise<string[]> =>
  leftIn(await table.get(seatRulesKey, { consistent: true }));

const leftIn = (item: Item | undefined): string[] => (item?.["leftBooks"] ?? []) as string[];

/** More swaps than this within the life of one session are not expected. */
const MOST_LEFT = 5;

const ruleItem = ({ since, reservations, ...rules }: SeatRules, found: Item | undefined, floating: string) => {
  const before = [...leftIn(found), ...(found === undefined ? [] : [String(found["floatingBook"])])];
  return {
    ...seatRulesKey,
    v: ITEM_VERSION,
    ...Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined)),
    ...(reservations.length === 0 ? {} : { reservations }),
    floatingBook: floating,
    modes: modesAfter(found, rules.mode, since),
    leftBooks: [...new Set(before)].filter((book) => book !== floating).slice(-MOST_LEFT),
    since: formatTime(since),
  };
};

const asRead = ({ generation }: SeatRules): Expression =>
  generation === FIRST_RULES.generation
    ? { expression: "attribute_not_exists(pk)" }
    : { expression: "generation = :seen", values: { ":seen": generation } };

// A function that obeys the rules before finds the new generation at the book's counter, and is refused.
const bookWrites = (before: Book, after: Book, now: EpochMs): Write[] => {
  const [from, to] = [bookPartition(before.id), bookPartition(after.id)];
  const values: Item = { ":v": ITEM_VERSION, ":generation": after.rules.generation };
  const open: Write = {
    kind: "update",
    key: counterKeyIn(to),
    update: { expression: "SET v = :v, generation = :generation REMOVE closedAt", values },
  };
  if (from === to) return [open];
  const close: Write = {
    kind: "update",
    key: counterKeyIn(from),
    update: {
      expression: "SET v = :v, generation = :generation, closedAt = :now",
      values: { ...values, ":now": formatTime(now) },
    },
  };
  return [close, open];
};

const auditEntry = ({ mode, graceMinutes, idleDays, reservations, generation }: SeatRules) => ({
  ...{ action: "seats.rules_changed", actor: "server", mode, generation },
  ...(mode === "floating" ? { graceMinutes } : {}),
  ...(idleDays === undefined ? {} : { idleDays }),
  ...(reservations.length === 0 ? {} : { reservations }),
});
