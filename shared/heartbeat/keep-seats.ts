import { MINUTE_MS } from "../contract/time.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import { bookOf } from "../seats/book.ts";
import { type ChangeRulesDeps, changeRules } from "../seats/change-rules.ts";
import { freeIdleSeats } from "../seats/free-idle.ts";
import { billingPeriod } from "../seats/period.ts";
import { cutPools } from "../seats/pools.ts";
import type { SeatSettings } from "../seats/rules.ts";
import type { Moment } from "../sessions/deps.ts";
import { type LostOfSilent, loseSilent } from "./lose-silent.ts";
import type { ReapDeps } from "./reap-operator.ts";
import { settleHolding } from "./settle-holding.ts";

/** `lostMinutes`: in the mode `floating`, the sessions of an operator that was silent for so long are lost. */
export type KeptSeats = SeatSettings & { lostMinutes: number };

type SeatsKept = LostOfSilent & {
  generation: number;
  /** Floating seats that are free now. */
  freed: number;
  /** Operators with sessions that do not hold their seats yet. */
  waiting: number;
};

/**
 * What a job does for seats every five minutes. It puts the configured rules into force, and ends the sessions of silent
 * operators where seats float. It allows take-overs once every session holds its seat, and frees floating seats that nobody
 * holds. In the plain mode `period` this is one read, or two.
 */
export const keepSeats = async (
  deps: Omit<ReapDeps, "lostAfterMs"> & ChangeRulesDeps,
  { lostMinutes, ...settings }: KeptSeats,
  license: LicenseFile,
  moment: Moment,
): Promise<SeatsKept> => {
  const rules = await changeRules(deps, settings, license, moment);
  const book = bookOf(license, billingPeriod(await deps.anchors(license, moment.now), moment.now), rules);
  const cut = cutPools(rules.reservations, book.max);
  if (cut.length > 0)
    deps.log.warn("reserved seats exceed the license: later reservations are cut", { max: book.max, cut });
  const silent =
    rules.mode === "floating"
      ? await loseSilent({ ...deps, lostAfterMs: lostMinutes * MINUTE_MS }, moment)
      : { lost: 0, waits: false, left: 0 };
  const { waiting } = await settleHolding(deps, book, moment);
  const freed = await freeIdleSeats(deps, book, moment);
  return { ...silent, generation: rules.generation, waiting, freed };
};
