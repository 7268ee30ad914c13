import { type EpochMs, SECOND_MS } from "../contract/time.ts";
import { CLOCK_TOLERANCE_MS } from "../sessions/events.ts";
import type { Call } from "./handler.ts";

/** Logs how far an operator's clock is off, if it is so far that its events are shifted. */
export const warnOfSkew = (
  { now, log }: Pick<Call, "now" | "log">,
  instanceId: string | undefined,
  sentAt: EpochMs | undefined,
): void => {
  if (sentAt === undefined || Math.abs(now - sentAt) <= CLOCK_TOLERANCE_MS) return;
  log.warn("operator clock is off", {
    instance_id: instanceId,
    skew_seconds: Math.round((now - sentAt) / SECOND_MS),
  });
};
