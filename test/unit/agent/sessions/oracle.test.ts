import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSessions } from "../../../../agent/sessions/machine.ts";
import { histories } from "../../../support/agent-oracle/history.ts";
import { liveThrough } from "../../../support/agent-oracle/live-through.ts";
import { historyRuns } from "../../../support/history.ts";

const RUNS = historyRuns(40);
const TIME_LIMIT_MS = 30_000 + 100 * RUNS;

const INSTANCE = "cluster-5d3ab0f2-7d5c-4f36-9a5f-3f1de0b6a0c1";
const make = (restored: unknown) => createSessions({ instanceId: INSTANCE, restored });

describe("the sessions that an agent reports, in any history of a cluster and of the agent", () => {
  it(
    "are those that the cluster showed it, with their times, once each, and it ends none that it does not see end",
    () => {
      fc.assert(
        fc.property(histories, (history) => {
          expect(liveThrough(history, make).complaints).toEqual([]);
        }),
        { numRuns: RUNS, interruptAfterTimeLimit: TIME_LIMIT_MS },
      );
    },
    TIME_LIMIT_MS + 30_000,
  );
});
