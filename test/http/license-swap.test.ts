import { describe, expect, it } from "vitest";
import { DAY_MS, MINUTE_MS } from "../../shared/contract/time.ts";
import { expectProblem, expectSuccess } from "../support/answers.ts";
import { START } from "../support/app.ts";
import { operatorAt } from "../support/operator.ts";
import { serverPerTest } from "../support/server.ts";
import { storedUnder } from "../support/stored.ts";

const server = serverPerTest({ terms: { subscription_id: "sub-1", max_seats: 2 } });

const seats = async () => expectSuccess("seatList", await server().call("GET", "/api/v1/seats?summary=true"));

const fingerprint = async (): Promise<string> =>
  expectSuccess("licenseGet", await server().call("GET", "/api/v1/license")).license.fingerprint;

const swaps = async () => (await storedUnder(server(), "AUDIT#")).filter(({ action }) => action === "license.swapped");

describe("a license that is put in another's place", () => {
  it("is in force everywhere within 60 seconds, without a restart", async () => {
    const operator = operatorAt(server());
    const before = await fingerprint();
    await operator.registers();
    await operator.starts("s-1", "ana");
    await operator.starts("s-2", "ben");
    const beat = async () => expectSuccess("heartbeat", await operator.beats(["s-1", "s-2"]));
    expect(await beat()).toMatchObject({ license: { fingerprint: before }, seats: { used: 2, max: 2 } });

    await server().setLicense({ subscription_id: "sub-1", max_seats: 3 });
    server().clock.now += MINUTE_MS - 1;
    expect(await fingerprint()).toBe(before);
    expect(await beat()).toMatchObject({ license: { fingerprint: before } });
    expectProblem(await operator.starts("s-3", "eve"), 403, "MaxSeatCountReached");

    server().clock.now += 1;
    const after = await fingerprint();
    expect(after).not.toBe(before);
    expect(await beat()).toMatchObject({ license: { fingerprint: after }, seats: { used: 2, max: 3 } });
    expect(expectSuccess("licensePost", await operator.registers()).license.max_seats).toBe(3);
    expectSuccess("sessionStart", await operator.starts("s-3", "eve"), 201);
  });

  it("and renews the same subscription in mid-period opens no new book: seats and period stay", async () => {
    const operator = operatorAt(server());
    await operator.starts("s-1", "ana");
    const before = await seats();
    expect(before).toMatchObject({ used: 1, period: { from: "2026-11-05T00:00:00.000Z" } });

    const life = { notBefore: START - 2 * DAY_MS, notAfter: START + 700 * DAY_MS };
    await server().setLicense({ subscription_id: "sub-1", max_seats: 2 }, life);
    server().clock.now += MINUTE_MS;
    expect(await seats()).toEqual(before);
    const again = expectSuccess("sessionStart", await operator.starts("s-2", "ana"), 201);
    expect(again.seats).toMatchObject({ used: 1 });
  });

  it("and is another subscription's opens a book of its own, and what runs runs on", async () => {
    const operator = operatorAt(server());
    await operator.starts("s-1", "ana");
    await operator.starts("s-2", "ben");
    expectProblem(await operator.starts("s-3", "eve"), 403, "MaxSeatCountReached");

    const life = { notBefore: START - 2 * DAY_MS, notAfter: START + 700 * DAY_MS };
    await server().setLicense({ subscription_id: "sub-2", max_seats: 1 }, life);
    server().clock.now += MINUTE_MS;
    expect(await seats()).toMatchObject({ used: 0, max: 1, period: { from: "2026-11-08T00:00:00.000Z" } });
    expectSuccess("sessionStart", await operator.starts("s-3", "eve"), 201);
    expectProblem(await operator.starts("s-4", "ana"), 403, "MaxSeatCountReached");
    expect(expectSuccess("heartbeat", await operator.beats(["s-1", "s-2", "s-3"])).terminate).toEqual([]);
  });

  it("is audited once, whichever function sees it first and however many do", async () => {
    const operator = operatorAt(server());
    const before = await fingerprint();
    const everywhere = () =>
      Promise.all([operator.registers(), operator.starts("s-1"), operator.beats([]), seats(), seats()]);
    await everywhere();
    await server().setLicense({ subscription_id: "sub-1" });
    server().clock.now += MINUTE_MS;
    await everywhere();
    server().clock.now += MINUTE_MS;
    await everywhere();
    const after = await fingerprint();
    expect(await swaps()).toEqual([
      expect.objectContaining({ actor: "server", license: "sub-1", from: before, to: after }),
    ]);
  });

  it("is noted by the license call alone, too", async () => {
    await operatorAt(server()).registers();
    await server().setLicense({ subscription_id: "sub-2" });
    server().clock.now += MINUTE_MS;
    await operatorAt(server()).registers();
    expect(await swaps()).toHaveLength(1);
  });
});

describe("a table that cannot tell which license was seen", () => {
  const broken = serverPerTest({
    around: (table) => ({
      ...table,
      get: () => Promise.reject(new Error("down")),
    }),
  });

  it("keeps no operator from its license", async () => {
    const body = expectSuccess("licensePost", await operatorAt(broken()).registers());
    expect(body.lease).not.toBeNull();
    expect(broken().logs).toContainEqual(expect.objectContaining({ level: "WARN", message: "license not noted" }));
  });
});
