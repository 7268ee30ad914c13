import { MINUTE_MS } from "../contract/time.ts";
import type { SessionRecord } from "./record.ts";

/** A session is stopped only if it was younger than this when it was denied. One that has run for longer is in use. */
const YOUNG_MS = 5 * MINUTE_MS;

/**
 * Whether an agent that enforces seats must stop a session: a person's, denied because no seat was free when it had just
 * begun. Its record says when it was denied, so an outage between the denial and the stop changes nothing.
 */
export const isEnforceable = ({ ci, deniedCode, deniedAt, startedAt, stopRefused }: SessionRecord): boolean =>
  !ci &&
  deniedCode === "MaxSeatCountReached" &&
  deniedAt !== undefined &&
  Date.parse(deniedAt) - startedAt < YOUNG_MS &&
  stopRefused === undefined;
