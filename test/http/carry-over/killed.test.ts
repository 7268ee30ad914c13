import { describe, expect, it } from "vitest";
import { MINUTE_MS } from "../../../shared/contract/time.ts";
import { expectSuccess } from "../../support/answers.ts";
import { DEEP } from "../../support/deep.ts";
import { crashing } from "../../support/faulty-table.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import { expectSoundTable } from "../../support/table-truth.ts";

const crash = crashing();
const server = serverPerTest({
  terms: { type: "teams", max_seats: 3, subscription_id: "sub-1" },
  around: (table, name) => (name === "heartbeat" ? crash.around(table) : table),
});

/** The writes of such a heartbeat, by number, with one to spare. */
const WRITES = [1, 2, 3, 4, 5, 6, 7, 8];
const PERIOD_END = Date.parse("2026-12-05T00:00:00Z");
const USERS = ["ana", "ben", "eve"];

const running = async () => {
  const under = operatorAt(server());
  await under.registers();
  for (const user of USERS) {
    expectSuccess("sessionStart", await under.starts(`s-${user}`, user), 201);
    server().clock.now += MINUTE_MS;
  }
  await under.beats(USERS.map((user) => `s-${user}`));
  await server().setLicense({ type: "teams", max_seats: 2, subscription_id: "sub-1" });
  server().clock.now = PERIOD_END;
  return under;
};

const outcome = async () => {
  server().clock.now += 10_000;
  const { used, seats } = expectSuccess("seatList", await server().call("GET", "/api/v1/seats"));
  const denials = (await storedUnder(server(), "SEATS#sub-1#ClientCertificate#2026-12-05")).filter(({ sk }) =>
    String(sk).startsWith("DENIAL#"),
  );
  const audit = (await storedUnder(server(), "AUDIT#2026-12-05")).filter(({ action }) =>
    String(action).startsWith("seat."),
  );
  return {
    used,
    holders: seats?.map(({ client_username }) => client_username).toSorted(),
    denials: denials.map(({ lastSession, denials: count }) => [lastSession, count]),
    audit: audit.map(({ action, sessionId }) => `${action} ${sessionId}`).toSorted(),
  };
};

const EXPECTED = {
  used: 2,
  holders: ["ana", "ben"],
  denials: [["s-eve", 1]],
  audit: ["seat.claimed s-ana", "seat.claimed s-ben", "seat.denied s-eve"],
};

describe("carrying sessions over", () => {
  // One of the two at each write, and with DEEP=1 both.
  const killings = WRITES.flatMap((write) => (["before", "after"] as const).map((when) => ({ write, when }))).filter(
    ({ write, when }) => DEEP || (when === "before") === (write % 2 === 0),
  );

  it.each(killings)(
    "killed right $when write $write claims each seat once, by the next heartbeat at the latest",
    async ({ write, when }) => {
      const under = await running();
      const sessions = USERS.map((user) => `s-${user}`);
      crash.killAt(write, when);
      await under.beats(sessions);
      crash.revive();
      await expectSoundTable(server());
      server().clock.now += MINUTE_MS;
      expectSuccess("heartbeat", await under.beats(sessions));
      expect(await outcome()).toEqual(EXPECTED);
      server().clock.now += MINUTE_MS;
      expectSuccess("heartbeat", await under.beats(sessions));
      expect(await outcome()).toEqual(EXPECTED);
      await expectSoundTable(server());
    },
  );

  it("has that many writes to be killed at", async () => {
    const under = await running();
    crash.killAt(1_000, "after");
    await under.beats(USERS.map((user) => `s-${user}`));
    expect(crash.writes()).toBeGreaterThanOrEqual(5);
    expect(crash.writes()).toBeLessThanOrEqual(WRITES.length);
    crash.revive();
    expect(await outcome()).toEqual(EXPECTED);
  });
});

describe("carrying more sessions over than there is time for", () => {
  let slow: (() => void) | undefined;
  const slowed = serverPerTest({
    terms: { type: "teams", max_seats: null, subscription_id: "sub-1" },
    around: (table, name) =>
      name === "heartbeat"
        ? {
            ...table,
            transact: (writes) => {
              slow?.();
              return table.transact(writes);
            },
          }
        : table,
  });

  it("goes on in the next heartbeat, and leaves each its events' time", async () => {
    const app = slowed();
    const under = operatorAt(app);
    const sessions = Array.from({ length: 6 }, (_, place) => `s-${place}`);
    for (const [place, id] of sessions.entries())
      expectSuccess("sessionStart", await under.starts(id, `user-${place}`), 201);
    app.clock.now = PERIOD_END;
    slow = () => {
      app.clock.now += 2_000;
    };
    const used: number[] = [];
    for (const late of ["t-1", "t-2", "t-3"]) {
      sessions.push(late);
      const started = [under.start(late, "zoe")];
      const answer = expectSuccess("heartbeat", await under.beats(sessions, { started }));
      expect(answer.accepted).toEqual([late]);
      used.push(
        (await storedUnder(app, "SEATS#")).filter(
          ({ pk, sk }) => /2026-12-05$/.test(String(pk)) && /^SEAT#/.test(String(sk)),
        ).length,
      );
      app.clock.now += MINUTE_MS;
    }
    slow = undefined;
    expect(used[0]).toBeGreaterThan(1);
    expect(used[0]).toBeLessThan(7);
    expect(used.at(-1)).toBe(7);
    await expectSoundTable(app);
  });
});
