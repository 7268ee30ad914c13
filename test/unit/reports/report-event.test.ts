import { describe, expect, it } from "vitest";
import { readReportEvent } from "../../../shared/reports/report-event.ts";

const NOW = Date.parse("2026-11-10T12:00:00Z");
const read = (event: unknown) => readReportEvent(event, "UTC", NOW);

describe("the event of the report job", () => {
  it("asks for what is due where it says nothing", () => {
    expect(read({})).toEqual({ ok: true, request: { period: undefined, again: false } });
  });

  it.each(["2026-10", "2026-W41"])("asks for a period that is over: %s", (period) => {
    expect(read({ for: period })).toMatchObject({ ok: true, request: { period: {}, again: false } });
    expect(read({ for: period, again: true })).toMatchObject({ ok: true, request: { again: true } });
  });

  it("is refused with every fault of it at once", () => {
    const reading = read({ for: "2026-11", again: "yes", fro: "2026-10", format: "xlsx" });
    expect(reading.ok ? [] : reading.faults).toEqual([
      { path: "fro", message: expect.any(String) },
      { path: "format", message: expect.any(String) },
      { path: "again", message: "must be true or false" },
      { path: "for", message: "has not ended yet. Choose a period that is over" },
    ]);
  });

  it.each([null, undefined, "2026-10", 7, [], { for: 202610 }, { for: null }, { again: true }])(
    "is refused: %j",
    (event) => {
      expect(read(event).ok).toBe(false);
    },
  );
});
