import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { beforeAll, describe, expect, it } from "vitest";
import { rollupKey } from "../../../shared/contract/keys.ts";
import { LargeAnswer } from "../../../shared/contract/response-schemas.ts";
import { formatTime } from "../../../shared/contract/time.ts";
import { isGoodLink, linkKey } from "../../../shared/store/folder-link.ts";
import { StoreUnavailable } from "../../../shared/store/table.ts";
import { expectProblem } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { sharedServer } from "../../support/server.ts";

const store = { fails: false };
const server = sharedServer({
  aroundReports: (reports) => ({
    ...reports,
    put: async (...args) => {
      if (store.fails) throw new StoreUnavailable("S3: AccessDenied");
      return reports.put(...args);
    },
  }),
});

const USERS = 1_200;
const LATER = Date.parse("2026-12-05T08:00:00Z");
const MONTH = "from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z";

/** Rollups of so many users with long names, as one session has left them: a report of them is larger than 4.5 MB as JSON, not as CSV. */
beforeAll(async () => {
  const operator = operatorAt(server());
  await operator.registers();
  await operator.starts("s-1", "ana");
  server().clock.now += 60_000;
  await operator.ends("s-1");
  const [one] = await server().table.query({ partition: "MONTH#2026-11", range: { prefix: "ROLLUP#" } });
  if (one === undefined) throw new Error("there is no rollup");
  const many = Array.from({ length: USERS }, (_, n) => {
    const machineId = `SHA256:${String(n).padStart(2_000, "0")}`;
    return { ...one, machineId, ...rollupKey("2026-11", `many-${n}`, 0) };
  });
  await server().table.batchPut(many);
  // The month is over: it is read as one.
  server().clock.now = LATER;
});

describe("an answer that is too large", () => {
  const ask = (format: string) => server().call("GET", `/api/v1/reports/usage?format=${format}&${MONTH}`);

  it("is a 303 to a link that leads to all of it, and tells how long it is good", async () => {
    const answer = await ask("json");
    expect(answer.status).toBe(303);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(v.parse(LargeAnswer, answer.json)).toEqual(answer.json);
    expect(answer.json.location).toBe(answer.headers["location"]);
    expect(answer.json.request_id).toBe(answer.headers["x-request-id"]);
    expect(answer.json.expires_at).toBe(formatTime(server().clock.now + 15 * 60_000));

    const { pathname, searchParams } = new URL(answer.json.location);
    const name = pathname.replace("/_reports/", "");
    expect(name).toMatch(/^downloads\/2026-12-05\/[0-9a-f-]{36}\/mirrord-usage_2026-11-01_2026-12-01\.json$/);
    expect(isGoodLink(await linkKey(server().reportDir), name, searchParams, server().clock.now)).toBe(true);
    const body = readFileSync(join(server().reportDir, name));
    expect(body.length).toBe(answer.json.bytes);
    expect(JSON.parse(body.toString()).userMetrics).toHaveLength(USERS + 1);
  });

  it("is at another place each time", async () => {
    const [first, second] = [await ask("json"), await ask("json")];
    expect(first.json.location.split("?")[0]).not.toBe(second.json.location.split("?")[0]);
  });

  it("is told of the format alone: the same report as CSV or XLSX is answered at once", async () => {
    const csv = await ask("csv");
    expect([csv.status, csv.text.split("\r\n").length]).toEqual([200, USERS + 3]);
    expect((await ask("xlsx")).bytes.subarray(0, 2).toString()).toBe("PK");
  });

  it("is a 503 where it cannot be put, never a half of it", async () => {
    store.fails = true;
    expectProblem(await ask("json"), 503, "Unavailable");
    store.fails = false;
  });

  it("takes the same key as any other", async () => {
    const path = `/api/v1/reports/usage?format=json&${MONTH}`;
    expectProblem(await server().call("GET", path, { key: "wrong" }), 401, "Unauthorized");
  });
});
