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
 * Holds the counters of all books that may have been in use in `from..to` against their seats. A claim or a release moves
 * both at once, so what still differs after a pause, with the counter as it was, is a fault. Only tells of it: how many
 * seats are taken decides over claims, so a person should see why it is off. A book that retention has let go, whose items
 * are cleaned away one by one, is none of them.
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

// A period may begin on any day: which one is a matter of the configuration, so all are asked for.
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
