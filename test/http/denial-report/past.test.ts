import { beforeEach, describe, expect, it } from "vitest";
import { auditPartition } from "../../../shared/contract/keys.ts";
import { DAY_MS, dayOf, formatTime, HOUR_MS } from "../../../shared/contract/time.ts";
import type { Table } from "../../../shared/store/table.ts";
import { expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import { clientOf, startBody } from "../../support/wire.ts";

const RETENTION_DAYS = 31;
/** Billing periods begin on the first. */
const PERIOD_ENDS = Date.parse("2026-12-01T00:00:00Z");

/** The days of the audit that the function of reports has read. */
let audited: string[] = [];
const around = (table: Table, name?: string): Table => ({
  ...table,
  query: async (query) => {
    const prefix = auditPartition("");
    if (name === "reports" && query.partition.startsWith(prefix)) audited.push(query.partition.slice(prefix.length));
    return table.query(query);
  },
});
const server = serverPerTest({
  terms: { type: "teams", max_seats: 1, subscription_id: "small" },
  env: { SEATS_ANCHOR_DAY: "1", RETENTION_SESSIONS_DAYS: String(RETENTION_DAYS) },
  around,
});

const asks = async (user: string) => {
  const { call, clock } = server();
  const body = startBody(clock.now, { session_id: `s-${user}-${clock.now}`, client: clientOf(user) });
  return (await call("POST", "/api/v1/sessions", { body })).status;
};
const releases = async () => {
  const bearer = await server().accessToken(["seats:delete"]);
  for (const { id } of (await server().call("GET", "/api/v1/seats")).json.seats)
    expect((await server().call("DELETE", `/api/v1/seats/${id}`, { bearer })).status).toBe(204);
};
const report = async (from = START, to = server().clock.now + 1) => {
  audited = [];
  const query = `from=${formatTime(from)}&to=${formatTime(to)}`;
  return expectSuccess("denialReport", await server().call("GET", `/api/v1/reports/denials?${query}`));
};

beforeEach(() => server().call("GET", "/api/v1/seats"));

describe("the report of denials reads the audit, for claims of seats that were released since,", () => {
  it("of no closed day whose claims are all held still", async () => {
    await asks("ana");
    server().clock.now += DAY_MS;
    await releases();
    await asks("ben");
    server().clock.now += 9 * DAY_MS;
    await server().invoke("dayClose");
    const { seats_enough } = await report();
    expect(seats_enough).toEqual({ p50: 2, p95: 2, max: 2 });
    const today = dayOf(server().clock.now);
    expect(audited.toSorted()).toEqual([dayOf(START), today]);
  });

  it("of every day that is not closed, or that has to be closed again", async () => {
    await asks("ana");
    await releases();
    server().clock.now += 3 * DAY_MS;
    expect((await report()).seats_enough).toEqual({ p50: 1, p95: 1, max: 1 });
    for (let day = START; day <= server().clock.now; day += DAY_MS) expect(audited).toContain(dayOf(day));
  });
});

describe("what retention has let go, though it is not cleaned away yet, is in the report of denials no more:", () => {
  const NOVEMBER = [Date.parse("2026-11-01T00:00:00Z"), PERIOD_ENDS] as const;

  it("a seat book, with its seats and its denials", async () => {
    await asks("ana");
    expect(await asks("ben")).toBe(403);
    server().clock.now = PERIOD_ENDS + RETENTION_DAYS * DAY_MS - 1;
    expect(await report(...NOVEMBER)).toMatchObject({ denials: 1, users: 1, seats_enough: { max: 2 } });
    server().clock.now += 1;
    expect(await report(...NOVEMBER)).toMatchObject({ denials: 0, users: 0, seats_enough: null, entries: [] });
    expect(await storedUnder(server(), "SEATS#")).not.toEqual([]);
  });

  it("a claim that only the audit has", async () => {
    await asks("ana");
    server().clock.now += HOUR_MS;
    await releases();
    await asks("ben");
    server().clock.now = START + RETENTION_DAYS * DAY_MS - 1;
    expect(await report(...NOVEMBER)).toMatchObject({ seats_enough: { max: 2 } });
    server().clock.now += 1;
    expect(await report(...NOVEMBER)).toMatchObject({ seats_enough: { max: 1 } });
  });
});
