import fc from "fast-check";
import { describe, it } from "vitest";
import { HISTORIES_TIMEOUT_MS, historyRuns } from "../../support/history.ts";
import { agentActs, liveAgents } from "./agents.ts";

describe("after any history of agents with machine sessions, inferred ends, parts of sessions and denials", () => {
  it(
    "every session is what it truly was, in one place, and every denial has its reason",
    () =>
      fc.assert(fc.asyncProperty(agentActs, liveAgents), {
        numRuns: historyRuns(6),
        endOnFailure: true,
      }),
    HISTORIES_TIMEOUT_MS,
  );
});
