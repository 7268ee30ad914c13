import { licenseSeenKey } from "../contract/keys.ts";
import type { TrackingMode } from "../contract/responses.ts";
import type { EpochMs } from "../contract/time.ts";
import type { Item, Table } from "../store/table.ts";

/** What is known of a license and its renewals. */
export type SeenLicense = {
  /** Its identity across renewals. */
  identity: string;
  firstSeen: EpochMs;
  /** The day of the month (1-31) on which its billing periods begin, unless the deployment configures one. */
  anchorDay: number;
  /** Its last files, the oldest first, and since when the server had each. */
  history: readonly NotedFile[];
};

/** One file of a license. Without terms it was noted by an earlier release and has not been served since. */
export type NotedFile = { at: EpochMs; terms: NotedTerms | undefined };

/** `knownSince`: when the terms were noted, if that was after the file itself was. */
export type NotedTerms = { maxSeats: number | null; trackingMode: TrackingMode; knownSince: EpochMs };

/** All licenses that this server has ever had. */
export const listLicensesSeen = async (table: Table): Promise<SeenLicense[]> => {
  const items = await table.query({ partition: licenseSeenKey("").pk });
  return items.flatMap((item) =>
    item["firstSeen"] === undefined
      ? []
      : [
          {
            identity: String(item["sk"]),
            firstSeen: Date.parse(String(item["firstSeen"])),
            anchorDay: Number(item["anchorDay"]),
            history: ((item["history"] ?? []) as Item[]).map(notedFile),
          },
        ],
  );
};

const notedFile = ({ at: noted, maxSeats, trackingMode, knownSince }: Item): NotedFile => {
  const at = Date.parse(String(noted));
  if (maxSeats === undefined) return { at, terms: undefined };
  return {
    at,
    terms: {
      maxSeats: maxSeats === null ? null : Number(maxSeats),
      trackingMode: trackingMode as TrackingMode,
      knownSince: knownSince === undefined ? at : Date.parse(String(knownSince)),
    },
  };
};
