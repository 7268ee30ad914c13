import { expect, it } from "vitest";
import { formatResult } from "../../../tools/simulate/result/table.ts";
import type { SimulationResult } from "../../../tools/simulate/run.ts";

const sum = { sessions: 1, seconds: 60, firstStart: 0, lastEnd: 60_000 };
const result: SimulationResult = {
  seed: "s",
  startedAt: "2026-11-20T08:00:00.000Z",
  endedAt: "2026-11-20T08:00:01.000Z",
  totals: { sessions: 12, seconds: 720, ciSessions: 0, ciSeconds: 0 },
  users: Array.from({ length: 12 }, (_, index) => ({ ...sum, machineId: `m-${index}`, user: "ana" })),
  ci: [],
  targets: [],
  activity: [],
  seats: { grants: 0, seatsSeen: 0, denials: 0, denialsByCode: {} },
  calls: { total: 0, byRoute: [] },
  unanswered: { sessions: 0, seconds: 0, ciSessions: 0, ciSeconds: 0, maybeDenied: 0 },
  undelivered: 0,
  faults: [],
  faultCount: 0,
  differences: [],
};

it("the result fits on a screen: of each table ten rows, and the verdict last", () => {
  const lines = formatResult(result).split("\n");
  expect(lines.filter((line) => line.includes(" m-"))).toHaveLength(10);
  expect(lines).toContain("  … and 2 more; --truth writes all of them");
  expect(lines.at(-1)).toBe("The usage report matches what was sent.");
});
