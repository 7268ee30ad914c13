import type { ItemChange } from "../store/stream-record.ts";
import type { Item } from "../store/table.ts";
import type { EventBody } from "./schemas.ts";

/** The event of a stored notice. */
export const noticeEvent = ({ before, after }: ItemChange): EventBody | undefined => {
  if (before !== undefined || after === undefined) return undefined;
  switch (after["kind"]) {
    case "license.expiring":
      return licenseExpiring(after);
    case "seats.threshold":
      return seatsThreshold(after);
    case "operator.stale":
      return {
        type: "operator.stale",
        instance_id: String(after["instanceId"]),
        cluster: textOrNull(after["cluster"]),
        operator_version: textOrNull(after["version"]),
        last_heartbeat: textOrNull(after["lastHeartbeat"]),
        live_sessions: Number(after["liveSessions"]),
      };
    default:
      return undefined;
  }
};

const licenseExpiring = (note: Item): EventBody => ({
  type: "license.expiring",
  fingerprint: String(note["fingerprint"]),
  name: String(note["licenseName"]),
  organization: String(note["organization"]),
  expires_at: String(note["licenseExpiresAt"]),
  days_left: Number(note["daysLeft"]),
  status: note["status"] === "expired" ? "expired" : "expiring",
});

const seatsThreshold = (note: Item): EventBody => ({
  type: "seats.threshold",
  percent: Number(note["percent"]),
  used: Number(note["used"]),
  max: Number(note["max"]),
  license: String(note["license"]),
  tracking_mode: String(note["trackingMode"]),
  period: { from: String(note["periodFrom"]), to: String(note["periodTo"]) },
});

const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);
