import { licenseSeenKey } from "../contract/keys.ts";
import type { EpochMs } from "../contract/time.ts";
import type { Table } from "../store/table.ts";

/** What is known of a license and its renewals. */
export type SeenLicense = {
  /** Its identity across renewals. */
  identity: string;
  firstSeen: EpochMs;
  /** The day of the month (1-31) on which its billing periods begin, unless the deployment configures one. */
  anchorDay: number;
};

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
          },
        ],
  );
};
