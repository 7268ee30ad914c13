import { SESSION_CONFLICT } from "../heartbeat/heartbeat.ts";
import type { StartOutcome } from "../sessions/start.ts";
import { ApiProblem } from "./problem.ts";

/** The problem that answers a start which was not accepted. */
export const startRefusal = (outcome: Exclude<StartOutcome, { kind: "started" }>): ApiProblem => {
  if (outcome.kind === "conflict") return new ApiProblem("SessionConflict", SESSION_CONFLICT);
  if (outcome.kind === "over")
    return new ApiProblem("SessionEnded", "this session has ended already; start a new session with another id");
  return new ApiProblem(outcome.code, DENIALS[outcome.code] ?? "the session is refused");
};

const DENIALS: Record<string, string> = {
  MaxSeatCountReached: "all seats of the license are taken in this period; an admin can release one",
  LicenseExpired: "the license has expired, so no new session can start; renew it",
  LicenseNotYetValid: "the license is not valid yet, so no new session can start",
};
