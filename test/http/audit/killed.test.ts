import { expect, it } from "vitest";
import { MINUTE_MS } from "../../../shared/contract/time.ts";
import { crashing } from "../../support/faulty-table.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import { expectSoundTable } from "../../support/table-truth.ts";

const crash = crashing();
const server = serverPerTest({
  terms: { type: "teams", max_seats: 1, subscription_id: "sub-1" },
  around: (table, name) => (name === "sessions" ? crash.around(table) : table),
});

/** What the table says was decided, and what the audit says. */
const decided = async () => {
  const book = await storedUnder(server(), "SEATS#");
  const seats = book.filter(({ sk }) => String(sk).startsWith("SEAT#"));
  const denials = book.filter(({ sk }) => String(sk).startsWith("DENIAL#"));
  const audit = await storedUnder(server(), "AUDIT#");
  const count = (action: string) => audit.filter((row) => row["action"] === action).length;
  return {
    table: {
      claimed: seats.filter(({ overage }) => overage === false).length,
      overage: seats.filter(({ overage }) => overage === true).length,
      denied: denials.reduce((sum, { denials: times }) => sum + Number(times), 0),
    },
    audit: { claimed: count("seat.claimed"), overage: count("seat.overage"), denied: count("seat.denied") },
  };
};

const KILLINGS = ["claimed", "overage", "denied"].flatMap((what) =>
  [1, 2].flatMap((write) => (["before", "after"] as const).map((when) => ({ what, write, when }))),
);

it.each(KILLINGS)(
  "a seat $what by a function that is killed right $when write $write has its audit row, or neither is there",
  async ({ what, write, when }) => {
    const under = operatorAt(server());
    await under.registers();
    if (what !== "claimed") expect((await under.starts("s-0", "ana")).status).toBe(201);
    if (what === "overage") {
      await server().setLicense({ type: "enterprise", max_seats: 1, subscription_id: "sub-1" });
      server().clock.now += MINUTE_MS;
      await under.registers();
    }
    crash.killAt(write, when);
    await under.starts("s-1", "ben");
    crash.revive();
    const after = await decided();
    expect(after.audit).toEqual(after.table);
    await expectSoundTable(server());

    const { status } = await under.starts("s-1", "ben");
    expect([200, 201, 403]).toContain(status);
    const again = await decided();
    expect(again.audit).toEqual(again.table);
    const first = what === "claimed" ? { claimed: 0 } : { claimed: 1 };
    expect(again.table).toEqual({ ...{ overage: 0, denied: 0 }, ...first, [what]: 1 });
    await expectSoundTable(server());
  },
);
