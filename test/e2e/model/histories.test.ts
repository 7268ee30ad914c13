import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { DEEP } from "../../support/deep.ts";
import { histories, live, steps } from "./history.ts";
import { type Licenses, mintLicenses } from "./licenses.ts";
import { createWorld, PEOPLE } from "./world.ts";

/** How many random histories are lived through; more of them with HISTORIES=n. */
const HISTORIES = Number(process.env["HISTORIES"] ?? 80);
/** After this long a slow machine stops at fewer, and a counter-example is as small as it is by then. */
const TIME_LIMIT_MS = 30_000 + (DEEP ? 120 : 30) * HISTORIES;

let licenses: Licenses;
beforeAll(async () => {
  licenses = await mintLicenses();
});

describe("seats and sessions, in any order of operations, through crashes, failures, retries and late packets", () => {
  it(
    "do at every step what the specification allows, and come in the end to what is true",
    async () => {
      let lived = 0;
      await fc.assert(
        fc.asyncProperty(histories, async (history) => {
          lived += 1;
          const { complaints } = await live(licenses, history);
          expect(complaints).toEqual([]);
        }),
        { numRuns: HISTORIES, interruptAfterTimeLimit: TIME_LIMIT_MS },
      );
      if (DEEP) process.stdout.write(`${lived} of ${HISTORIES} histories of seats and sessions\n`);
    },
    TIME_LIMIT_MS + 30_000,
  );

  it("give each free seat to one of its claimants, and tell the others, in every order", async () => {
    const undisturbed = steps(fc.constant("go"));
    await fc.assert(
      fc.asyncProperty(undisturbed, undisturbed, async (registering, claiming) => {
        const world = createWorld(licenses, { license: "two", indexLag: 0, pageItems: 100 });
        for (const operator of world.operators) world.send(operator.register(), () => {});
        await world.run(registering);
        const answers: unknown[] = [];
        for (const [place, person] of PEOPLE.entries())
          for (const operator of world.operators) {
            const session = operator.open(`${operator.instance()}-${place}`, person, false);
            world.send(operator.ask(session), (answer) => {
              answers.push(answer?.status === 201 ? person.machine : answer?.json.code);
            });
          }
        await world.run(claiming);
        expect(world.complaints, world.history.join("\n")).toEqual([]);
        // Each of them asks twice: who has a seat is let in by both operators.
        expect(answers.filter((answer) => answer === "MaxSeatCountReached")).toHaveLength(4);
        expect(new Set(answers).size).toBe(3);
      }),
      { numRuns: HISTORIES / 5 },
    );
  });
});
