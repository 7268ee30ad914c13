import { SESSION_CONFLICT } from "../heartbeat/heartbeat.ts";
import type { StartOutcome } from "../sessions/start.ts";
import { ApiProblem } from "./problem.ts";

/** The problem that answers a start which was not accepted. */
export const startRefusal = (outcome: Exclude<StartOutcome, { kind: "started" }>): ApiProblem => {
  if (outcome.kind === "conflict") return new ApiProblem("SessionConflict", SESSION_CONFLICT);
  if (outcome.kind === "over")
    return new ApiProblem("SessionEnded", "The session has ended already. Start a new session with another id");
  return new ApiProblem(outcome.code, DENIALS[outcome.code] ?? "The session is refused");
};

const DENIALS: Record<string, string> = {
  MaxSeatCountReached: "All seats of the license are in use in this billing period. An admin can release one",
  LicenseExpired: "The license has expired, so no new session can start. Renew it",
  LicenseNotYetValid: "The license is not valid yet, so no new session can start",
};
