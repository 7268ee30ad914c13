import { SESSION_CONFLICT, SESSION_ENDED } from "../heartbeat/heartbeat.ts";
import type { StartOutcome } from "../sessions/start.ts";
import { ApiProblem } from "./problem.ts";

/** The problem that answers a start which was not accepted. */
export const startRefusal = (outcome: Exclude<StartOutcome, { kind: "started" }>): ApiProblem => {
  if (outcome.kind === "conflict") return new ApiProblem("SessionConflict", SESSION_CONFLICT);
  if (outcome.kind === "over") return new ApiProblem("SessionEnded", SESSION_ENDED);
  return new ApiProblem(outcome.code, DENIALS[outcome.code] ?? "The session is refused");
};

const DENIALS: Record<string, string> = {
  MaxSeatCountReached: "All seats of the license are in use in this billing period. An admin can release one",
  LicenseExpired: "The license has expired, so no new session can start. Renew it",
  LicenseNotYetValid: "The license is not valid yet, so no new session can start",
};
