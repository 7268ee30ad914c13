import { BOOKS_PREFIX, bookPartition } from "../contract/keys.ts";
import { dayOf, type EpochMs } from "../contract/time.ts";
import type { NotedTerms, SeenLicense } from "../licensing/licenses-seen.ts";
import { billingPeriod } from "./period.ts";

/** A license file that the server had: `from <= t < to`. `terms` are unknown where only an earlier release had it. */
export type LicenseInForce = {
  license: string;
  anchorDay: number;
  from: EpochMs;
  to: EpochMs;
  terms: NotedTerms | undefined;
};

/** Which license file the server had when, the oldest first. With `anchorDay`, all billing periods begin on that day. */
export const licensesInForce = (
  seen: readonly SeenLicense[],
  anchorDay: number | undefined,
): readonly LicenseInForce[] => {
  const begun = seen
    .flatMap(({ identity, anchorDay: own, history }) =>
      history.map(({ at, terms }) => ({ license: identity, anchorDay: anchorDay ?? own, from: at, terms })),
    )
    .sort((one, other) => one.from - other.from);
  return begun.map((one, place) => ({ ...one, to: begun[place + 1]?.from ?? Number.POSITIVE_INFINITY }));
};

export const inForceAt = (licenses: readonly LicenseInForce[], at: EpochMs): LicenseInForce | undefined =>
  licenses.find(({ from, to }) => at >= from && at < to);

/** The partition of the seat book of a license at a moment. Undefined where its terms are unknown. */
export const bookOfLicense = ({ license, anchorDay, terms }: LicenseInForce, at: EpochMs): string | undefined =>
  terms === undefined
    ? undefined
    : bookPartition({
        license,
        trackingMode: terms.trackingMode,
        periodStart: dayOf(billingPeriod(anchorDay, at).from),
      });

/** What the partition of a seat book says of it. */
export const partsOfBook = (partition: string): { license: string; trackingMode: string; periodStart: string } => {
  const [license = "", trackingMode = "", periodStart = ""] = partition.slice(BOOKS_PREFIX.length).split("#");
  return { license: decodeURIComponent(license), trackingMode, periodStart };
};
