import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { licenseSeenKey, servedLicenseKey } from "../../../shared/contract/keys.ts";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { type LicenseFile, readLicenseFile } from "../../../shared/licensing/license-file.ts";
import { licenseSeen } from "../../../shared/licensing/seen.ts";
import { createTable } from "../../../shared/store/dynamodb.ts";
import { type Item, StoreUnavailable, type Table } from "../../../shared/store/table.ts";
import { createLogger } from "../../../shared/telemetry/logger.ts";
import { mintLicense, mintTerms } from "../../../tools/mint/mint.ts";
import { createTestTable, type TestTable } from "../../support/engine.ts";

const NOW = Date.parse("2026-11-20T08:00:00Z");
const world = { now: NOW };
const now = () => world.now;
const pace = { now, random: Math.random, sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };

let engine: TestTable;
let table: Table;
beforeEach(async () => {
  world.now = NOW;
  engine = await createTestTable();
  table = createTable({ client: engine.client, tableName: engine.tableName, pace });
});
afterEach(() => engine.drop());

/** One function: it remembers what it has noted. */
const seer = (over: Table = table) => {
  const log = createLogger("error");
  const see = licenseSeen({ table: over, pace, newId: randomUUID, retentionDays: 100, log });
  return (license: LicenseFile) => see(license, world.now);
};

const mint = async (subscription: string | null, issuedAt: string): Promise<LicenseFile> => {
  const notBefore = Date.parse(issuedAt);
  const { pem } = await mintLicense({
    organization: "Acme",
    terms: mintTerms({ subscription_id: subscription }),
    notBefore,
    notAfter: notBefore + 400 * DAY_MS,
    serialNumber: "01",
  });
  const reading = readLicenseFile(pem);
  if (!reading.ok) throw new Error(reading.reason);
  return reading.license;
};

const swaps = async (): Promise<Item[]> => {
  const rows = await table.query({ partition: `AUDIT#${new Date(world.now).toISOString().slice(0, 10)}` });
  return rows.filter(({ action }) => action === "license.swapped");
};

const fromTo = (rows: Item[]) => rows.map(({ from, to }) => [from, to]);

const seen = (license: string) => table.get(licenseSeenKey(license), { consistent: true });

describe("the anchor day", () => {
  it("is the issue day of the first license seen of a subscription, and no renewal moves it", async () => {
    const [first, renewal] = [await mint("sub-1", "2026-01-07T00:00:00Z"), await mint("sub-1", "2026-11-19T00:00:00Z")];
    const see = seer();
    expect(await see(first)).toMatchObject({ anchorDay: 7 });
    expect(await see(renewal)).toMatchObject({ anchorDay: 7 });
    expect(await seer()(renewal)).toMatchObject({ anchorDay: 7 });
  });

  it("is each subscription's own, and each license's where there is none", async () => {
    const see = seer();
    expect(await see(await mint("sub-1", "2026-01-07T00:00:00Z"))).toMatchObject({ anchorDay: 7 });
    expect(await see(await mint("sub-2", "2026-01-08T00:00:00Z"))).toMatchObject({ anchorDay: 8 });
    expect(await see(await mint(null, "2026-01-09T00:00:00Z"))).toMatchObject({ anchorDay: 9 });
    expect(await see(await mint(null, "2026-01-10T00:00:00Z"))).toMatchObject({ anchorDay: 10 });
  });
});

describe("a license that is seen", () => {
  it("first of all is noted without an audit row, for nothing was swapped", async () => {
    const license = await mint("sub-1", "2026-11-01T00:00:00Z");
    await seer()(license);
    expect(await swaps()).toEqual([]);
    expect(await seen("sub-1")).toMatchObject({
      anchorDay: 1,
      fingerprint: license.fingerprint,
      firstSeen: "2026-11-20T08:00:00.000Z",
      lastSeen: "2026-11-20T08:00:00.000Z",
      history: [{ fingerprint: license.fingerprint, at: "2026-11-20T08:00:00.000Z" }],
    });
  });

  it("after another one leaves one audit row, by the server, and the history of both", async () => {
    const [first, second] = [await mint("sub-1", "2026-01-01T00:00:00Z"), await mint("sub-2", "2026-11-01T00:00:00Z")];
    const see = seer();
    await see(first);
    world.now += SECOND_MS;
    await see(second);
    expect(await swaps()).toEqual([
      expect.objectContaining({
        actor: "server",
        license: "sub-2",
        from: first.fingerprint,
        to: second.fingerprint,
        time: "2026-11-20T08:00:01.000Z",
      }),
    ]);
    expect(await seen("sub-1")).toMatchObject({ lastSeen: "2026-11-20T08:00:01.000Z" });
    expect(await table.get(servedLicenseKey, { consistent: true })).toMatchObject({ fingerprint: second.fingerprint });
  });

  it("by many functions at once is swapped once", async () => {
    const [first, second] = [await mint("sub-1", "2026-01-01T00:00:00Z"), await mint("sub-1", "2026-11-01T00:00:00Z")];
    const seers = Array.from({ length: 20 }, () => seer());
    await Promise.all(seers.map((see) => see(first)));
    const days = await Promise.all(seers.map((see) => see(second)));
    expect(new Set(days.map(({ anchorDay }) => anchorDay))).toEqual(new Set([1]));
    expect(fromTo(await swaps())).toEqual([[first.fingerprint, second.fingerprint]]);
    expect((await seen("sub-1"))?.["history"]).toHaveLength(2);
  });

  it("is noted once, though the table is contended for", async () => {
    let conflicts = 3;
    const contended: Table = {
      ...table,
      transact: async (writes) => (conflicts-- > 0 ? { outcome: "conflict" } : table.transact(writes)),
    };
    const [first, second] = [await mint("sub-1", "2026-01-01T00:00:00Z"), await mint("sub-1", "2026-11-01T00:00:00Z")];
    const see = seer(contended);
    await see(first);
    conflicts = 3;
    await see(second);
    expect(fromTo(await swaps())).toEqual([[first.fingerprint, second.fingerprint]]);
  });

  it("does not fail or hold up whoever needs the anchor day if the note fails; it is tried again ten seconds later", async () => {
    let tries = 0;
    let works = true;
    const failing: Table = {
      ...table,
      transact: async (writes) => {
        tries += 1;
        if (!works) throw new StoreUnavailable("an outage");
        return table.transact(writes);
      },
    };
    const [first, second] = [await mint("sub-1", "2026-01-07T00:00:00Z"), await mint("sub-1", "2026-11-01T00:00:00Z")];
    const see = seer(failing);
    await see(first);
    works = false;
    tries = 0;
    for (let start = 0; start < 5; start += 1) expect(await see(second)).toMatchObject({ anchorDay: 7 });
    expect(tries).toBe(1);
    works = true;
    world.now += 10 * SECOND_MS;
    expect(await see(second)).toMatchObject({ anchorDay: 7 });
    expect(fromTo(await swaps())).toEqual([[first.fingerprint, second.fingerprint]]);
  });

  it("does not hold up whoever needs the anchor day while others write the same note", async () => {
    const sleeps: number[] = [];
    const sleep = async (ms: number) => {
      sleeps.push(ms);
      world.now += ms;
    };
    const slow = { ...pace, sleep, random: () => 0.5 };
    let conflicts = false;
    const contended: Table = {
      ...table,
      transact: async (writes) => (conflicts ? { outcome: "conflict" } : table.transact(writes)),
    };
    const see = licenseSeen({
      table: contended,
      pace: slow,
      newId: randomUUID,
      retentionDays: 100,
      log: createLogger("error"),
    });
    const [first, second] = [await mint("sub-1", "2026-01-07T00:00:00Z"), await mint("sub-1", "2026-11-01T00:00:00Z")];
    await see(first, world.now);
    conflicts = true;
    expect(await see(second, world.now)).toMatchObject({ anchorDay: 7 });
    expect(sleeps.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(1_000);
  });

  it("keeps the last ten of its history, however often licenses are swapped, and of a longer one of an earlier release", async () => {
    const licenses = [await mint("sub-1", "2026-01-07T00:00:00Z"), await mint("sub-1", "2026-11-01T00:00:00Z")];
    for (let swap = 0; swap < 12; swap += 1) {
      const license = licenses[swap % 2];
      if (license !== undefined) await seer()(license);
      world.now += MINUTE_MS;
    }
    const history = (await seen("sub-1"))?.["history"] as { fingerprint: string; at: string }[];
    expect(history).toHaveLength(10);
    expect(history.at(-1)).toMatchObject({
      fingerprint: licenses[1]?.fingerprint,
      at: new Date(world.now - MINUTE_MS).toISOString(),
    });
    const item = {
      ...(await seen("sub-1")),
      ...licenseSeenKey("sub-1"),
      history: [...history, ...history, ...history],
    };
    await table.write({ kind: "put", item });
    if (licenses[0] !== undefined) await seer()(licenses[0]);
    expect((await seen("sub-1"))?.["history"]).toHaveLength(10);
  });

  it("costs the table nothing from then on", async () => {
    const license = await mint("sub-1", "2026-11-01T00:00:00Z");
    let calls = 0;
    const counted: Table = {
      ...table,
      get: (...args) => {
        calls += 1;
        return table.get(...args);
      },
    };
    const see = seer(counted);
    await see(license);
    const once = calls;
    world.now += 40 * DAY_MS;
    await see(license);
    expect(calls).toBe(once);
  });

  it("is no swap back while copies from before the swap are still about", async () => {
    const [first, second] = [await mint("sub-1", "2026-01-01T00:00:00Z"), await mint("sub-2", "2026-11-02T00:00:00Z")];
    await seer()(first);
    await seer()(second);
    const late = seer();
    expect(await late(first)).toMatchObject({ anchorDay: 1 });
    world.now += MINUTE_MS - 1;
    expect(await late(first)).toMatchObject({ anchorDay: 1 });
    expect(fromTo(await swaps())).toEqual([[first.fingerprint, second.fingerprint]]);
  });

  it("is a swap back once it is still there a minute later, and then at once the next one again", async () => {
    const [first, second] = [await mint("sub-1", "2026-01-01T00:00:00Z"), await mint("sub-1", "2026-11-01T00:00:00Z")];
    const see = seer();
    await see(first);
    await see(second);
    await see(first);
    world.now += MINUTE_MS;
    await see(first);
    await seer()(first);
    world.now += MINUTE_MS;
    await see(second);
    expect(fromTo(await swaps())).toEqual([
      [first.fingerprint, second.fingerprint],
      [second.fingerprint, first.fingerprint],
      [first.fingerprint, second.fingerprint],
    ]);
  });
});
