import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { DEEP } from "../../support/deep.ts";
import { live, seatHistories } from "./history.ts";
import { type Licenses, mintLicenses } from "./licenses.ts";

/** How many random histories are lived through; more of them with HISTORIES=n. */
const HISTORIES = Number(process.env["HISTORIES"] ?? 8);
/** After this long a slow machine stops at fewer, and a counter-example is as small as it is by then. */
const TIME_LIMIT_MS = 30_000 + (DEEP ? 120 : 30) * HISTORIES;

let licenses: Licenses;
beforeAll(async () => {
  licenses = await mintLicenses();
});

it(
  "in every mode of seats and between them, what live sessions hold is counted once, and no seat with one is reclaimed",
  async () => {
    let lived = 0;
    await fc.assert(
      fc.asyncProperty(seatHistories, async (history) => {
        lived += 1;
        const { complaints } = await live(licenses, history);
        expect(complaints).toEqual([]);
      }),
      { numRuns: HISTORIES, interruptAfterTimeLimit: TIME_LIMIT_MS },
    );
    if (DEEP) process.stdout.write(`${lived} of ${HISTORIES} histories of all modes of seats\n`);
  },
  TIME_LIMIT_MS + 30_000,
);
