import { describe, expect, it } from "vitest";
import { DAY_MS, formatTime, HOUR_MS } from "../../../shared/contract/time.ts";
import { expectSuccess } from "../../support/answers.ts";
import { serverPerTest } from "../../support/server.ts";
import { heartbeatBody } from "../../support/wire.ts";

const server = serverPerTest({ env: { RETENTION_OPERATOR_ERRORS_DAYS: "20" } });

let seq = 0;
const tells = async (errors: readonly { at: number; error: string }[], instanceId = "op-1", changes = {}) => {
  seq += 1;
  const body = heartbeatBody(server().clock.now, {
    instance_id: instanceId,
    seq,
    errors: errors.map(({ at, error }) => ({ timestamp: formatTime(at), error })),
    ...changes,
  });
  expect((await server().call("POST", "/api/v1/heartbeat", { body })).status).toBe(200);
};

const list = async (query = "") =>
  expectSuccess("errorReport", await server().call("GET", `/api/v1/reports/errors${query}`));

describe("the report of errors", () => {
  it("tells what operators reported, the oldest first, each once however often it was told", async () => {
    const { now } = server().clock;
    const pem = expectSuccess("licenseGet", await server().call("GET", "/api/v1/license"));
    const errors = [
      { at: now - HOUR_MS, error: "no agent" },
      { at: now - 2 * DAY_MS, error: "no target" },
    ];
    await tells(errors);
    await tells(errors);
    expect(await list()).toEqual({
      entries: [errors[1], errors[0]].map((error) => ({
        timestamp: formatTime(error?.at ?? 0),
        error: error?.error,
        operator_version: "3.130.0",
        license_hash: pem.license.fingerprint,
        instance_id: "op-1",
      })),
      next: null,
    });
  });

  it("pages through one and the same list, over days and within one, though time goes on", async () => {
    const { now } = server().clock;
    const times = [now - 3 * DAY_MS, now - DAY_MS, now - DAY_MS, now - DAY_MS + 1, now - 1];
    await tells(times.map((at, place) => ({ at, error: `error ${place}` })));
    const found: string[] = [];
    let next: string | null = "";
    while (next !== null) {
      const page = await list(`?limit=2${next === "" ? "" : `&cursor=${next}`}`);
      expect(page.entries.length).toBeLessThanOrEqual(2);
      found.push(...page.entries.map(({ error }) => error));
      next = page.next;
      server().clock.now += HOUR_MS;
      await tells([{ at: server().clock.now - 1, error: "later" }]);
    }
    expect(found.toSorted()).toEqual(times.map((_, place) => `error ${place}`));
    expect([found[0], ...found.slice(3)]).toEqual(["error 0", "error 3", "error 4"]);
  });

  it("is exact to the millisecond at both ends: from is contained, to is not", async () => {
    const { now } = server().clock;
    const at = now - DAY_MS;
    await tells([at - 1, at, at + 1, at + 2].map((time, place) => ({ at: time, error: `error ${place}` })));
    const { entries } = await list(`?from=${formatTime(at)}&to=${formatTime(at + 2)}`);
    expect(entries.map(({ error }) => error)).toEqual(["error 1", "error 2"]);
  });

  it("has what a clock that is ahead told as of when it was, once, and what lies beyond that as of its telling", async () => {
    const { now } = server().clock;
    const aheadMs = 400 * DAY_MS;
    const tellsAhead = () => {
      const at = formatTime(server().clock.now + aheadMs);
      return tells([{ at: now + aheadMs - HOUR_MS, error: "no agent" }], "op-1", { sent_at: at });
    };
    await tellsAhead();
    server().clock.now += 1_000;
    await tellsAhead();
    await tells([{ at: Date.parse("9999-12-31T23:59:59Z"), error: "no end" }]);
    expect((await list()).entries).toMatchObject([
      { timestamp: formatTime(now - HOUR_MS), error: "no agent" },
      { timestamp: formatTime(now + 1_000), error: "no end" },
    ]);
  });

  it("leaves out what is older than errors are kept, also where nothing has cleaned it up yet", async () => {
    const { now } = server().clock;
    await tells([
      { at: now - 20 * DAY_MS + 1, error: "kept" },
      { at: now - 20 * DAY_MS - 1, error: "too old" },
      { at: now - 21 * DAY_MS, error: "a day too old" },
    ]);
    const all = `?from=${formatTime(now - 100 * DAY_MS)}`;
    expect((await list(all)).entries.map(({ error }) => error)).toEqual(["kept"]);
    server().clock.now += 2;
    expect((await list(all)).entries).toEqual([]);
  });
});
