import { describe, expect, it } from "vitest";
import { operatorKey } from "../../../shared/contract/keys.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { StoreUnavailable, type Table } from "../../../shared/store/table.ts";
import { aroundReaper, GONE_MS, operatorOf } from "../../support/reaper-world.ts";
import { scrape } from "../../support/scrape.ts";
import { type Server, serverPerTest } from "../../support/server.ts";
import { startBody } from "../../support/wire.ts";

const COUNTED = {
  mirrord_sessions_create_total: 2,
  mirrord_ci_sessions_create_total: 1,
  mirrord_sessions_duration_count: 1,
  mirrord_sessions_duration_sum: 60,
  'mirrord_sessions_duration_bucket{le="60.0"}': 1,
};

/** Two sessions and one of CI, one of them ended after a minute; then the operator is never heard of again. */
const leaveBehind = async (server: Server) => {
  const operator = operatorOf(server);
  for (const id of ["s-1", "s-2"]) await operator.starts(id);
  await operator.startsAll(["c-1"]);
  server.clock.now += MINUTE_MS;
  await operator.ends("s-1");
  await operator.beats(["s-2", "c-1"]);
  server.clock.now += GONE_MS;
  return operator;
};

/** What DynamoDB's TTL does to the item of an operator that was given up a month ago. */
const forget = (server: Server, instanceId = "op-1") =>
  server.table.write({ kind: "delete", key: operatorKey(instanceId) });

describe("the counters", () => {
  const server = serverPerTest();

  it("keep what an operator that was given up and cleaned away has counted", async () => {
    await leaveBehind(server());
    expect(await scrape(server())).toMatchObject(COUNTED);
    await server().invoke("reaper");
    expect(await scrape(server())).toMatchObject({
      ...COUNTED,
      'license_server_operators{state="gone"}': 1,
      'license_server_sessions_active{ci="false"}': 0,
      'license_server_sessions_active{ci="true"}': 0,
    });
    await forget(server());
    expect(await scrape(server())).toMatchObject(COUNTED);
  });

  it("go on from there when it comes back, before its item is cleaned away and after", async () => {
    const operator = await leaveBehind(server());
    for (const [more, id] of ["again-1", "again-2"].entries()) {
      await server().invoke("reaper");
      if (more === 1) await forget(server());
      await operator.startsAll([id]);
      expect(await scrape(server())).toMatchObject({ ...COUNTED, mirrord_ci_sessions_create_total: 2 + more });
      server().clock.now += GONE_MS;
    }
  });

  it("do not count a session as ended that was only given up, and count its true end when that comes", async () => {
    const operator = await leaveBehind(server());
    await server().invoke("reaper");
    expect(await scrape(server())).toMatchObject({ mirrord_sessions_duration_count: 1 });
    await operator.ends("s-2");
    expect(await scrape(server())).toMatchObject({
      mirrord_sessions_create_total: 2,
      mirrord_sessions_duration_count: 2,
    });
  });

  it("count a session that was given up, revived and ended once", async () => {
    const operator = await leaveBehind(server());
    await server().invoke("reaper");
    await operator.beats(["s-2"]);
    server().clock.now += MINUTE_MS;
    await operator.beats(["s-2"]);
    expect(await scrape(server())).toMatchObject({ 'license_server_sessions_active{ci="false"}': 1 });
    await operator.ends("s-2");
    expect(await scrape(server())).toMatchObject({
      mirrord_sessions_create_total: 2,
      mirrord_sessions_duration_count: 2,
      'license_server_sessions_active{ci="false"}': 0,
    });
  });
});

describe("the counters of a reaper that fails at its transactions", () => {
  let fails: "before" | "after" | undefined;
  const around = (table: Table): Table => ({
    ...table,
    transact: async (writes) => {
      const how = fails;
      if (how === "before") throw new StoreUnavailable("DynamoDB: TimeoutError");
      const outcome = await table.transact(writes);
      if (how === "after") throw new StoreUnavailable("DynamoDB: TimeoutError");
      return outcome;
    },
  });
  const server = serverPerTest({ around: aroundReaper(around) });

  it.each(["before", "after"] as const)(
    "stay what they are when it fails %s they are committed, and run again",
    async (how) => {
      await leaveBehind(server());
      fails = how;
      for (let run = 0; run < 3; run += 1) {
        await server()
          .invoke("reaper")
          .catch(() => undefined);
        expect(await scrape(server())).toMatchObject(COUNTED);
      }
      fails = undefined;
      for (let run = 0; run < 2; run += 1) {
        await server().invoke("reaper");
        expect(await scrape(server())).toMatchObject(COUNTED);
      }
      await forget(server());
      expect(await scrape(server())).toMatchObject(COUNTED);
    },
  );
});

describe("the number of live CI sessions", () => {
  const server = serverPerTest();

  it("is put right with the live set: drift does not last", async () => {
    const operator = operatorOf(server());
    await operator.startsAll(["c-1", "c-2"]);
    await operator.starts("s-1");
    const drift = { expression: "ADD liveCount :one, liveSum :one, liveCi :two", values: { ":one": 1, ":two": 2 } };
    await server().table.write({ kind: "update", key: operatorKey("op-1"), update: drift });
    server().clock.now += 5 * MINUTE_MS;
    await operator.beats(["c-1", "c-2", "s-1"]);
    expect(await scrape(server())).toMatchObject({
      'license_server_sessions_active{ci="false"}': 1,
      'license_server_sessions_active{ci="true"}': 2,
    });
  });
});

describe("the denials", () => {
  const server = serverPerTest({ terms: { type: "teams", max_seats: 1, subscription_id: "one" } });
  const denials = async () => (await scrape(server()))["license_server_seat_denials_total"];
  const isDenied = async (id: string) => {
    const client = { ...(startBody(0)["client"] as object), id: `machine-of-${id}` };
    const body = startBody(server().clock.now, { session_id: id, client });
    expect((await server().call("POST", "/api/v1/sessions", { body })).json.code).toBe("MaxSeatCountReached");
  };

  it("are counted over users, days, periods and licenses, whether the days that are over are summed or not", async () => {
    const operator = operatorOf(server());
    await operator.starts("holder");
    await operator.beats(["holder"]);
    await isDenied("a-1");
    await isDenied("a-2");
    expect(await denials()).toBe(2);
    server().clock.now += DAY_MS;
    await operator.beats(["holder"]);
    await isDenied("a-3");
    for (let run = 0; run < 2; run += 1) {
      await server().invoke("reaper");
      expect(await denials()).toBe(3);
    }
    await isDenied("a-4");
    await server().setLicense({ type: "teams", max_seats: 1, subscription_id: "two" });
    server().clock.now += 2 * MINUTE_MS;
    await operator.beats(["holder"]);
    await isDenied("b-1");
    expect(await denials()).toBe(5);
    for (const days of [0, 2, 40, 80]) {
      server().clock.now += days * DAY_MS + HOUR_MS;
      await operator.beats(["holder"]);
      await server().invoke("reaper");
      expect(await denials()).toBe(5);
    }
  });

  it("are counted though the first of a book came in its last hour, after the last look at it", async () => {
    const operator = operatorOf(server());
    await operator.starts("holder");
    await operator.beats(["holder"]);
    await server().invoke("reaper");
    server().clock.now += HOUR_MS / 2;
    await isDenied("a-1");
    await server().setLicense({ type: "teams", max_seats: 1, subscription_id: "two" });
    server().clock.now += 2 * MINUTE_MS;
    await operator.beats(["holder"]);
    for (const days of [0, 2]) {
      server().clock.now += days * DAY_MS + HOUR_MS / 2;
      expect(await denials()).toBe(1);
      await server().invoke("reaper");
      expect(await denials()).toBe(1);
    }
  });

  it("do not count the same session's second try", async () => {
    await operatorOf(server()).starts("holder");
    for (let time = 0; time < 2; time += 1) await isDenied("a-1");
    expect(await denials()).toBe(1);
  });
});
