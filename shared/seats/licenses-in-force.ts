import { BOOKS_PREFIX, bookPartition, FLOATING_PERIOD } from "../contract/keys.ts";
import { dayOf, type EpochMs } from "../contract/time.ts";
import type { NotedTerms, SeenLicense } from "../licensing/licenses-seen.ts";
import { billingPeriod } from "./period.ts";
import type { ModeSince, SeatSettings } from "./rules.ts";

/**
 * A license file that the server had, and the mode of its seats: `from <= t < to`. `terms` are unknown where only an earlier
 * release had it.
 */
export type LicenseInForce = {
  license: string;
  anchorDay: number;
  from: EpochMs;
  to: EpochMs;
  terms: NotedTerms | undefined;
  mode: SeatSettings["mode"];
};

/**
 * Which license file the server had when, and which mode was in force, the oldest first. With `anchorDay`, all billing periods
 * begin on that day.
 */
export const licensesInForce = (
  seen: readonly SeenLicense[],
  anchorDay: number | undefined,
  modes: readonly ModeSince[] = [],
): readonly LicenseInForce[] => {
  const begun = seen
    .flatMap(({ identity, anchorDay: own, history }) =>
      history.map(({ at, terms }) => ({ license: identity, anchorDay: anchorDay ?? own, from: at, terms })),
    )
    .sort((one, other) => one.from - other.from);
  return begun.flatMap((one, place) => {
    const to = begun[place + 1]?.from ?? Number.POSITIVE_INFINITY;
    const before = modes.findLast(({ from }) => from <= one.from)?.mode ?? "period";
    const changes = modes.filter(({ from }) => from > one.from && from < to);
    const parts: ModeSince[] = [{ from: one.from, mode: before }, ...changes];
    return parts.map(({ from, mode }, part) => ({ ...one, from, to: parts[part + 1]?.from ?? to, mode }));
  });
};

export const inForceAt = (licenses: readonly LicenseInForce[], at: EpochMs): LicenseInForce | undefined =>
  licenses.find(({ from, to }) => at >= from && at < to);

/** The partition of the seat book of a license at a moment. Undefined where its terms are unknown. */
export const bookOfLicense = ({ license, anchorDay, terms, mode }: LicenseInForce, at: EpochMs): string | undefined =>
  terms === undefined
    ? undefined
    : bookPartition({
        license,
        trackingMode: terms.trackingMode,
        periodStart: mode === "floating" ? FLOATING_PERIOD : dayOf(billingPeriod(anchorDay, at).from),
      });

/** What the partition of a seat book says of it. */
export const partsOfBook = (partition: string): { license: string; trackingMode: string; periodStart: string } => {
  const [license = "", trackingMode = "", periodStart = ""] = partition.slice(BOOKS_PREFIX.length).split("#");
  return { license: decodeURIComponent(license), trackingMode, periodStart };
};
