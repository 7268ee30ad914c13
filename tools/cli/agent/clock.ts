import { MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import type { Check } from "../doctor/check.ts";
import { duration } from "../text.ts";

/** Dates in headers have whole seconds, and calls take time. */
const UNSURE_MS = 2 * SECOND_MS;
const WARN_MS = 5 * SECOND_MS;
const FAIL_MS = 5 * MINUTE_MS;

/** Compares the clocks of the API server and of the license server, both as this machine's clock sees them. */
export const clockCheck = (
  clusterAheadMs: number | undefined,
  serverAheadMs: number | undefined,
): Check | undefined => {
  if (clusterAheadMs === undefined || serverAheadMs === undefined) return undefined;
  const ahead = clusterAheadMs - serverAheadMs;
  const offset = Math.abs(ahead);
  if (offset < WARN_MS + UNSURE_MS) return { name: "clock", result: "ok", found: "cluster and license server agree" };
  return {
    name: "clock",
    result: offset < FAIL_MS ? "warn" : "fail",
    found: `the cluster's is ${duration(offset / SECOND_MS)} ${ahead > 0 ? "ahead of" : "behind"} the license server's`,
    advice: "Set the clocks of the cluster's nodes with NTP. The agent converts times, so sessions stay correct.",
  };
};
