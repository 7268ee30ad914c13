import fc from "fast-check";
import { expect, it } from "vitest";
import { DAY_MS, formatTime } from "../../../shared/contract/time.ts";
import { isLogPosition, type LogPosition, listDayLog } from "../../../shared/store/day-log.ts";
import { runsOf } from "../../support/deep.ts";
import { createMemoryTable } from "../../support/memory-table.ts";

const FROM = Date.parse("2026-11-10T00:00:00Z");
const partitions = (day: string) => [0, 1, 2].map((place) => `LOG#${day}#${place}`);

it("the rows of a day's partitions come in the order of time, in pages that leave out none and repeat none", async () => {
  const row = fc.record({ at: fc.integer({ min: 0, max: 2 * DAY_MS - 1 }), place: fc.integer({ min: 0, max: 2 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 25 }), fc.integer({ min: 1, max: 6 }), async (rows, limit) => {
      const table = createMemoryTable();
      const items = rows.map(({ at, place }, id) => {
        const time = formatTime(FROM + at);
        return { pk: partitions(time.slice(0, 10))[place] ?? "", sk: `${time}#${place}#${id}`, time };
      });
      await table.batchPut(items);
      const range = { from: FROM, to: FROM + 2 * DAY_MS };
      const found: unknown[] = [];
      let position: LogPosition | undefined;
      do {
        const days = { first: "2026-11-10", last: "2026-11-11" };
        const page = await listDayLog(table, partitions, { range, days, limit, position });
        expect(page.rows.length).toBeLessThanOrEqual(limit);
        found.push(...page.rows.map(({ sk }) => sk));
        position = page.next;
        if (position !== undefined) expect(isLogPosition(partitions, position, range)).toBe(true);
      } while (position !== undefined);
      expect(found).toEqual(items.map(({ sk }) => sk).sort());
    }),
    { numRuns: runsOf(60) },
  );
});
