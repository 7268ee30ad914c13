import { counterKey, licenseSeenKey, SEAT_PREFIX } from "../contract/keys.ts";
import { DAY_MS, dayOf, type EpochMs, startOf } from "../contract/time.ts";
import { isExpired } from "../store/expiry.ts";
import type { Pace } from "../store/retry.ts";
import type { Table } from "../store/table.ts";
import { LONGEST_PERIOD_DAYS } from "./period.ts";

/** A seat book whose counter is not the number of its seats. */
export type CounterDifference = { book: string; claimed: number; seats: number };

const TRACKING_MODES = ["ClientCertificate", "KubernetesUser"];
const LOOKS = 3;

/**
 * Compares the counters of all books that may have been in use in `from..to` with their seats. A claim or release changes
 * both together, so a difference that remains after a pause, with the counter unchanged, is a fault. It is only reported:
 * the counter decides about claims, so a person should find the cause first. Books whose retention has ended are left out,
 * since their items disappear one by one.
 */
export const verifySeatCounters = async (
  deps: { table: Table; pace: Pace; pauseMs: number },
  { from, to }: { from: EpochMs; to: EpochMs },
): Promise<CounterDifference[]> => {
  const { table, pace, pauseMs } = deps;
  const differences: CounterDifference[] = [];
  for (const { pk, claimed } of await readCounters(table, { from, to, now: pace.now() })) {
    let counted = claimed;
    for (let look = 0; look < LOOKS; look += 1) {
      const seats = (await table.query({ partition: pk, range: { prefix: SEAT_PREFIX }, consistent: true })).length;
      if (seats === counted) break;
      await pace.sleep(pauseMs);
      const after = Number((await table.get({ pk, sk: "COUNTER" }, { consistent: true }))?.["claimed"] ?? 0);
      const again = (await table.query({ partition: pk, range: { prefix: SEAT_PREFIX }, consistent: true })).length;
      if (after === counted && again === seats) {
        differences.push({ book: pk, claimed: after, seats });
        break;
      }
      counted = after;
    }
  }
  return differences;
};

// The configuration decides on which day a period begins, so every day is read.
const readCounters = async (
  table: Table,
  { from, to, now }: { from: EpochMs; to: EpochMs; now: EpochMs },
): Promise<{ pk: string; claimed: number }[]> => {
  const licenses = (await table.query({ partition: licenseSeenKey("").pk })).filter(
    ({ anchorDay }) => anchorDay !== undefined,
  );
  const keys = [];
  for (let day = startOf(dayOf(from)) - LONGEST_PERIOD_DAYS * DAY_MS; day <= to; day += DAY_MS)
    for (const { sk } of licenses)
      for (const trackingMode of TRACKING_MODES)
        keys.push(counterKey({ license: String(sk), trackingMode, periodStart: dayOf(day) }));
  const counters = (await table.batchGet(keys, { consistent: true })).filter((item) => !isExpired(item, now));
  return counters.map(({ pk, claimed }) => ({ pk: String(pk), claimed: Number(claimed ?? 0) }));
};
