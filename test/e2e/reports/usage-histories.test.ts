import fc from "fast-check";
import { describe, it } from "vitest";
import { PRIMARY_KEYS } from "../../../shared/contract/primary-keys.ts";
import { createApp } from "../../support/app.ts";
import { HISTORIES_TIMEOUT_MS, historyRuns } from "../../support/history.ts";
import { expectSoundTable } from "../../support/table-truth.ts";
import { expectUsage, FORMATS, inZone } from "./ask-usage.ts";
import { HISTORY_BEGINS, histories, moments } from "./histories.ts";
import { settle } from "./settle.ts";
import { tell } from "./tell.ts";

const DAY = 86_400_000;
const SESSIONS = 20;
const QUESTIONS = historyRuns(0) === 0 ? 2 : 4;

const bound = fc.oneof({ weight: 5, arbitrary: moments }, { weight: 1, arbitrary: fc.constant(undefined) });
const questions = fc.record({
  bounds: fc.oneof(
    { weight: 6, arbitrary: fc.tuple(bound, bound) },
    { weight: 1, arbitrary: moments.map((moment) => [moment, moment] as const) },
    // Into the future, and up to just now.
    { weight: 1, arbitrary: moments.map((moment) => [moment, moment + 1_000 * DAY] as const) },
  ),
  format: fc.constantFrom(...FORMATS),
  primaryKey: fc.constantFrom(...PRIMARY_KEYS),
  zoneMinutes: fc.constantFrom(0, 0, 330, -480, 14 * 60, -12 * 60),
});

describe("the usage report of any history", () => {
  it(
    "is what its sessions add up to in memory, in every format, by every key, for every range",
    async () => {
      await fc.assert(
        fc.asyncProperty(
          histories(SESSIONS),
          fc.array(questions, { minLength: QUESTIONS, maxLength: QUESTIONS }),
          fc.constantFrom(0, 1, 10 * DAY),
          async (events, asked, laterMs) => {
            const app = await createApp();
            try {
              await app.setLicense(
                { max_seats: null },
                { notBefore: HISTORY_BEGINS, notAfter: HISTORY_BEGINS + 999 * DAY },
              );
              await tell(app, events);
              app.clock.now += laterMs;
              // Of open days a workbook's trends are added up one by one.
              await app.invoke("dayClose");
              const history = { settled: settle(events), events };
              for (const { bounds, zoneMinutes, ...question } of asked) {
                const [from, to] = bounds
                  .toSorted((one, other) => (one ?? 0) - (other ?? 0))
                  .map((bound) => (bound === undefined ? undefined : inZone(bound, zoneMinutes)));
                await expectUsage(app, { ...question, from, to }, history);
              }
              await expectSoundTable(app);
            } finally {
              await app.close();
            }
          },
        ),
        { numRuns: historyRuns(1), endOnFailure: true },
      );
    },
    HISTORIES_TIMEOUT_MS,
  );
});
