import { SESSION_CONFLICT } from "../heartbeat/heartbeat.ts";
import type { StartOutcome } from "../sessions/start.ts";
import { ApiProblem } from "./problem.ts";

/** The problem a start that was not taken ends in. */
export const startRefusal = (outcome: Exclude<StartOutcome, { kind: "started" }>): ApiProblem => {
  if (outcome.kind === "conflict") return new ApiProblem("SessionConflict", SESSION_CONFLICT);
  if (outcome.kind === "over") return new ApiProblem("SessionEnded", "this session has ended already");
  return new ApiProblem(outcome.code, DENIALS[outcome.code] ?? "the session is refused");
};

const DENIALS: Record<string, string> = {
  MaxSeatCountReached: "all seats of the license are taken in this period",
  LicenseExpired: "the license has expired: no new sessions",
  LicenseNotYetValid: "the license is not valid yet: no new sessions",
};
