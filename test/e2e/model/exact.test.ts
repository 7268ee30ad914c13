import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { DEEP } from "../../support/deep.ts";
import { exactHistories, liveExactly } from "./exact.ts";
import { type Licenses, mintLicenses } from "./licenses.ts";

/** How many random histories are lived through; more of them with HISTORIES=n. */
const HISTORIES = Number(process.env["HISTORIES"] ?? 6);
/** After this long a slow machine stops at fewer, and a counter-example is as small as it is by then. */
const TIME_LIMIT_MS = 30_000 + (DEEP ? 120 : 30) * HISTORIES;

let licenses: Licenses;
beforeAll(async () => {
  licenses = await mintLicenses();
});

it(
  "one event after another, in every mode of seats, the server decides as the reference model does",
  async () => {
    let lived = 0;
    await fc.assert(
      fc.asyncProperty(exactHistories, async (history) => {
        lived += 1;
        await liveExactly(licenses, history);
      }),
      { numRuns: HISTORIES, interruptAfterTimeLimit: TIME_LIMIT_MS },
    );
    expect(lived).toBeGreaterThan(0);
    if (DEEP) process.stdout.write(`${lived} of ${HISTORIES} exact histories of seats\n`);
  },
  TIME_LIMIT_MS + 30_000,
);
