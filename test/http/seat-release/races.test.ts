import { describe, expect, it } from "vitest";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { crashing } from "../../support/faulty-table.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import { expectSoundTable } from "../../support/table-truth.ts";

const server = serverPerTest({ terms: { max_seats: 1, subscription_id: "sub-1" } });

const operator = () => operatorAt(server());
const releaser = async () => {
  const bearer = await server().accessToken(["seats:delete"]);
  return (id: string) => server().call("DELETE", `/api/v1/seats/${id}`, { bearer });
};
const claim = async (sessionId: string, user: string): Promise<string> => {
  const { seat } = expectSuccess("sessionStart", await operator().starts(sessionId, user), 201);
  return seat?.id ?? "";
};
const holders = async () => {
  server().clock.now += 10_000;
  const { used, seats } = expectSuccess("seatList", await server().call("GET", "/api/v1/seats"));
  return { used, users: seats?.map(({ client_username }) => client_username) };
};
const audited = async (action: string) =>
  (await storedUnder(server(), "AUDIT#")).filter((row) => row["action"] === action);

/** Each race is run so often that its steps meet in more than one order. */
const ROUNDS = Array.from({ length: 12 }, (_, round) => round);

describe("at the same time as a release", () => {
  it("releases of the same seat: one is a 204, the others are 404, and the counter goes down by one", async () => {
    const release = await releaser();
    for (const round of ROUNDS) {
      const id = await claim(`s-${round}`, "ana");
      const answers = await Promise.all(Array.from({ length: 8 }, () => release(id)));
      const statuses = answers.map(({ status }) => status).toSorted();
      expect(statuses).toEqual([204, ...Array.from({ length: 7 }, () => 404)]);
      await expectSoundTable(server());
    }
    expect(await audited("seat.released")).toHaveLength(ROUNDS.length);
  });

  it("another user's claim is admitted or denied, and never more than the maximum is claimed", async () => {
    const release = await releaser();
    for (const round of ROUNDS) {
      const id = await claim(`ana-${round}`, "ana");
      const rivals = ["ben", "cyd", "eve"];
      const [released, ...starts] = await Promise.all([
        release(id),
        ...rivals.map((user) => operator().starts(`${user}-${round}`, user)),
      ]);
      expect(released?.status).toBe(204);
      const admitted = rivals.filter((_, place) => starts[place]?.status === 201);
      for (const { status } of starts) expect([201, 403]).toContain(status);
      expect(await holders()).toEqual({ used: admitted.length, users: admitted });
      expect(admitted.length).toBeLessThanOrEqual(1);
      await expectSoundTable(server());
      const [winner] = expectSuccess("seatList", await server().call("GET", "/api/v1/seats")).seats ?? [];
      if (winner !== undefined) expect((await release(winner.id)).status).toBe(204);
    }
  });

  it("the same user's next sessions are admitted, and the user ends with one seat or none", async () => {
    const release = await releaser();
    for (const round of ROUNDS) {
      const id = await claim(`first-${round}`, "ana");
      const [released, ...starts] = await Promise.all([
        release(id),
        ...Array.from({ length: 4 }, (_, place) => operator().starts(`next-${round}-${place}`, "ana")),
      ]);
      expect(released?.status).toBe(204);
      for (const start of starts) expectSuccess("sessionStart", start, 201);
      const { used } = await holders();
      expect([0, 1]).toContain(used);
      await expectSoundTable(server());
      if (used === 1) expect((await release(id)).status).toBe(204);
    }
  });

  it("what follows it is decided by it: the next session claims, and is counted once", async () => {
    const release = await releaser();
    const id = await claim("s-1", "ana");
    await release(id);
    expectSuccess("sessionStart", await operator().starts("s-2", "ben"), 201);
    expectProblem(await operator().starts("s-3", "ana"), 403, "MaxSeatCountReached");
    expect(await audited("seat.claimed")).toHaveLength(2);
    expect(await audited("seat.released")).toHaveLength(1);
    expect(await audited("seat.denied")).toHaveLength(1);
  });
});

describe("a release that is overtaken", () => {
  let onTransact: (() => Promise<void>) | undefined;
  const overtaken = serverPerTest({
    terms: { max_seats: 1, subscription_id: "sub-1" },
    around: (table, name) =>
      name === "admin"
        ? {
            ...table,
            transact: async (writes) => {
              const hook = onTransact;
              onTransact = undefined;
              await hook?.();
              return table.transact(writes);
            },
          }
        : table,
  });

  it("takes no newer claim of the same user than the one it was about", async () => {
    const app = overtaken();
    const under = operatorAt(app);
    const { seat } = expectSuccess("sessionStart", await under.starts("s-1", "ana"), 201);
    const bearer = await app.accessToken(["seats:delete"]);
    const release = () => app.call("DELETE", `/api/v1/seats/${seat?.id}`, { bearer });
    onTransact = async () => {
      expect((await release()).status).toBe(204);
      app.clock.now += 1_000;
      expectSuccess("sessionStart", await under.starts("s-2", "ana"), 201);
    };
    expectProblem(await release(), 404, "NotFound");
    expect(expectSuccess("seatList", await app.call("GET", "/api/v1/seats")).used).toBe(1);
    await expectSoundTable(app);
  });
});

describe("a release whose function is killed", () => {
  const crash = crashing();
  const killed = serverPerTest({
    terms: { max_seats: 1, subscription_id: "sub-1" },
    around: (table, name) => (name === "admin" ? crash.around(table) : table),
  });

  it.each(["before", "after"] as const)(
    "right %s its write has done all of it or nothing, and operators are informed",
    async (when) => {
      const app = killed();
      const under = operatorAt(app);
      await under.registers();
      const { seat } = expectSuccess("sessionStart", await under.starts("s-1", "ana"), 201);
      const bearer = await app.accessToken(["seats:delete"]);
      const release = () => app.call("DELETE", `/api/v1/seats/${seat?.id}`, { bearer });
      crash.killAt(1, when);
      expect((await release()).status).toBe(503);
      crash.revive();
      await expectSoundTable(app);
      expect((await release()).status).toBe(when === "before" ? 204 : 404);
      const rows = (await storedUnder(app, "AUDIT#")).filter(({ action }) => action === "seat.released");
      expect(rows).toHaveLength(1);
      app.clock.now += 10_000;
      expect(expectSuccess("heartbeat", await under.beats(["s-1"])).seats_lost).toEqual([seat?.id]);
      expectSuccess("sessionStart", await under.starts("s-2", "ben"), 201);
      await expectSoundTable(app);
    },
  );
});
