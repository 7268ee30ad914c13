import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { histories, live } from "./history.ts";
import { type Licenses, mintLicenses } from "./licenses.ts";

/** How many random histories are lived through; more of them with HISTORIES=n. */
const HISTORIES = Number(process.env["HISTORIES"] ?? 1_500);

let licenses: Licenses;
beforeAll(async () => {
  licenses = await mintLicenses();
});

describe("seats and sessions, in any order of operations, through crashes, failures, retries and late packets", () => {
  it(
    "do at every step what the specification allows, and come in the end to what is true",
    async () => {
      await fc.assert(
        fc.asyncProperty(histories, async (history) => {
          const { complaints } = await live(licenses, history);
          expect(complaints).toEqual([]);
        }),
        { numRuns: HISTORIES },
      );
    },
    60_000 + 100 * HISTORIES,
  );
});
