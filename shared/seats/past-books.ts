import { bookPartition, DENIAL_PREFIX, SEAT_PREFIX } from "../contract/keys.ts";
import type { TrackingMode } from "../contract/responses.ts";
import { dayOf, type EpochMs } from "../contract/time.ts";
import { listLicensesSeen } from "../licensing/licenses-seen.ts";
import { isExpired } from "../store/expiry.ts";
import { inParallel } from "../store/parallel.ts";
import type { Item, Table } from "../store/table.ts";
import { type BillingPeriod, billingPeriod } from "./period.ts";
import { seatFrom } from "./seat.ts";

/** One user refused on one day, however often. */
export type Denial = {
  day: string;
  seatId: string;
  kubernetesUsername: string;
  clientHostname: string;
  clientUsername: string;
  denials: number;
  firstAt: EpochMs;
  lastAt: EpochMs;
};

/** A past seat book: who claimed a seat and when, including seats released since, and who was refused one. */
export type PastBook = {
  period: BillingPeriod;
  claims: { seatId: string; at: EpochMs }[];
  denials: Denial[];
};

const MODES: readonly TrackingMode[] = ["ClientCertificate", "KubernetesUser"];
const READS_AT_ONCE = 8;

/**
 * The seat books with a billing period that overlaps `from <= t < to`, of every license that this server has had and of
 * both tracking modes. Periods may begin on the license's own anchor day or on the configured one. Books whose retention
 * has ended by `now` are left out.
 */
export const readPastBooks = async (
  { table, anchorDay }: { table: Table; anchorDay: number | undefined },
  { from, to, now }: { from: EpochMs; to: EpochMs; now: EpochMs },
): Promise<PastBook[]> => {
  const candidates = new Map<string, BillingPeriod>();
  for (const { identity, firstSeen, anchorDay: own } of await listLicensesSeen(table))
    for (const anchor of new Set([own, anchorDay ?? own]))
      for (
        let period = billingPeriod(anchor, Math.max(from, firstSeen));
        period.from < to;
        period = billingPeriod(anchor, period.to)
      )
        for (const trackingMode of MODES)
          candidates.set(bookPartition({ license: identity, trackingMode, periodStart: dayOf(period.from) }), period);
  const books: PastBook[] = [];
  await inParallel([...candidates], READS_AT_ONCE, async ([partition, period]) => {
    const items = (await table.query({ partition })).filter((item) => !isExpired(item, now));
    if (items.length > 0) books.push(bookFrom(period, items));
  });
  return books;
};

const bookFrom = (period: BillingPeriod, items: readonly Item[]): PastBook => ({
  period,
  claims: items.filter(isUnder(SEAT_PREFIX)).map((item) => {
    const { id, claimedAt } = seatFrom(item);
    return { seatId: id, at: claimedAt };
  }),
  denials: items.filter(isUnder(DENIAL_PREFIX)).map(denialFrom),
});

const isUnder =
  (prefix: string) =>
  (item: Item): boolean =>
    String(item["sk"]).startsWith(prefix);

const denialFrom = (item: Item): Denial => ({
  day: String(item["sk"]).slice(DENIAL_PREFIX.length, DENIAL_PREFIX.length + 10),
  seatId: String(item["seatId"]),
  kubernetesUsername: String(item["kubernetesUsername"]),
  clientHostname: String(item["clientHostname"]),
  clientUsername: String(item["clientUsername"]),
  denials: Number(item["denials"]),
  firstAt: Date.parse(String(item["firstAt"])),
  lastAt: Date.parse(String(item["lastAt"])),
});
