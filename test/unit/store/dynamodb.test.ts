import { TransactionCanceledException, TransactionInProgressException } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTable } from "../../../shared/store/dynamodb.ts";
import { retrying } from "../../../shared/store/retry.ts";
import { type Item, StoreUnavailable, type Table, type Write } from "../../../shared/store/table.ts";
import { createTestTable, type TestTable } from "../../support/engine.ts";
import { byChance, faultyClient, inTurn, type SdkFault } from "../../support/faults/sdk.ts";
import { seeded } from "../../support/faults.ts";

let testTable: TestTable;
let real: Table;
let partition = "";
let runs = 0;
/** A clock that moves when somebody sleeps, so that every wait is counted and none is waited for. */
const clock = { now: 0, slept: [] as number[] };
const pace = {
  now: () => clock.now,
  random: () => 0.5,
  sleep: async (milliseconds: number) => {
    clock.now += milliseconds;
    clock.slept.push(milliseconds);
  },
};

beforeAll(async () => {
  testTable = await createTestTable({ sdk: true });
  real = createTable({ ...testTable, pace });
});
afterAll(() => testTable.drop());
beforeEach(() => {
  runs += 1;
  partition = `p${runs}`;
  clock.slept = [];
});

const tableWith = (decide: (command: object) => SdkFault | undefined): Table =>
  createTable({ ...testTable, client: faultyClient(testTable.client, decide), pace });

/** A client whose every call throws the same. */
const throwing = (error: unknown): Table => {
  const client = { send: () => Promise.reject(error) } as unknown as DynamoDBDocumentClient;
  return createTable({ client, tableName: "any", pace });
};

const key = (sk = "s") => ({ pk: partition, sk });
const put = (sk = "s"): Write & { kind: "put" } => ({ kind: "put", item: { ...key(sk), n: 1 } });
const putNew = (sk = "s"): Write & { kind: "put" } => ({
  ...put(sk),
  condition: { expression: "attribute_not_exists(pk)" },
});
const add: Write & { kind: "update" } = {
  kind: "update",
  get key() {
    return key();
  },
  update: { expression: "ADD n :one", values: { ":one": 1 } },
};
const stored = (sk = "s"): Promise<Item | undefined> => real.get(key(sk), { consistent: true });

const OUTAGES: readonly SdkFault[] = [
  "throttled",
  "throughput exceeded",
  "timed out before",
  "reset before",
  "hung up",
  "internal error before",
];
const LATE_OUTAGES: readonly SdkFault[] = ["timed out after", "reset after", "internal error after"];

describe("what outlasts the SDK's retries", () => {
  const calls: [string, (table: Table) => Promise<unknown>][] = [
    ["get", (table) => table.get(key(), { consistent: true })],
    ["batchGet", (table) => table.batchGet([key()], { consistent: false })],
    ["query", (table) => table.query({ partition })],
    ["queryPage", (table) => table.queryPage({ partition, index: true })],
    ["put", (table) => table.write(put())],
    ["update", (table) => table.write(add)],
    ["delete", (table) => table.write({ kind: "delete", key: key() })],
    ["transact", (table) => table.transact([put()])],
    ["batchPut", (table) => table.batchPut([put().item])],
  ];

  it.each(OUTAGES.flatMap((fault) => calls.map(([name, call]) => [fault, name, call] as const)))(
    "is told as StoreUnavailable, with its cause, and changes nothing: %s, %s",
    async (fault, _, call) => {
      const failure = await call(tableWith(inTurn(fault))).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(StoreUnavailable);
      expect((failure as StoreUnavailable).cause).toBeInstanceOf(Error);
      expect(await stored()).toBeUndefined();
      expect(clock.slept).toEqual([]);
    },
  );

  it.each(LATE_OUTAGES)("is told as StoreUnavailable also where the write took effect: %s", async (fault) => {
    await expect(tableWith(inTurn(fault)).write(put())).rejects.toBeInstanceOf(StoreUnavailable);
    expect(await stored()).toMatchObject({ n: 1 });
    await expect(tableWith(inTurn(fault)).transact([put("t")])).rejects.toBeInstanceOf(StoreUnavailable);
    expect(await stored("t")).toMatchObject({ n: 1 });
  });
});

describe("a defect of ours", () => {
  it("is not taken for an outage: what DynamoDB refuses as wrong", async () => {
    const wrong = { kind: "update", key: key(), update: { expression: "SET n = nothing" } } as const;
    await expect(real.write(wrong)).rejects.toMatchObject({ name: "ValidationException" });
    await expect(real.transact([wrong])).rejects.toMatchObject({
      // One engine looks at each item before the transaction, the other within it.
      name: expect.stringMatching(/^(TransactionCanceled|Validation)Exception$/),
    });
    await expect(real.transact([put(), put()])).rejects.toMatchObject({ name: "ValidationException" });
    await expect(real.query({ partition, range: { from: "b", to: "a" } })).rejects.toMatchObject({
      name: "ValidationException",
    });
  });

  it.each(["AccessDeniedException", "ResourceNotFoundException", "ValidationException", "SerializationException"])(
    "is not taken for an outage: %s",
    async (name) => {
      const error = Object.assign(new Error("no"), { name });
      for (const call of [throwing(error).write(put()), throwing(error).transact([put()])])
        await expect(call).rejects.toBe(error);
    },
  );

  it("is not taken for an outage: a TypeError", async () => {
    const error = new TypeError("x is not a function");
    await expect(throwing(error).get(key(), { consistent: true })).rejects.toBe(error);
  });
});

describe("a plain write that meets a transaction", () => {
  it("is tried again, after a pause that grows, until it gets through", async () => {
    const table = tableWith(inTurn("conflict", "conflict", "conflict"));
    expect(await table.write(add)).toMatchObject({ outcome: "written", item: { n: 1 } });
    expect(clock.slept).toEqual([25, 50, 100]);
  });

  it("is given up as StoreUnavailable within ten seconds", async () => {
    const begun = clock.now;
    const table = tableWith(() => "conflict");
    for (const write of [put(), add, { kind: "delete", key: key() } as const]) {
      clock.now = begun;
      await expect(table.write(write)).rejects.toBeInstanceOf(StoreUnavailable);
      expect(clock.now - begun).toBeGreaterThan(5_000);
      expect(clock.now - begun).toBeLessThan(10_000);
    }
    expect(await stored()).toBeUndefined();
  });
});

describe("a transaction that meets another", () => {
  it("comes back as a conflict after one try, with nothing written", async () => {
    const table = tableWith(inTurn("conflict"));
    expect(await table.transact([put(), put("t")])).toEqual({ outcome: "conflict" });
    expect(clock.slept).toEqual([]);
    expect(await real.query({ partition })).toEqual([]);
    expect(await table.transact([put(), put("t")])).toEqual({ outcome: "committed" });
  });

  const canceled = (...codes: string[]) => {
    const reasons = codes.map((Code) =>
      Code === "ConditionalCheckFailed" ? { Code, Item: { pk: { S: "p" }, sk: { S: "s" } } } : { Code },
    );
    return new TransactionCanceledException({ message: "no", $metadata: {}, CancellationReasons: reasons });
  };

  it("comes back as refused where a condition failed as well: that decides", async () => {
    const table = throwing(canceled("TransactionConflict", "ConditionalCheckFailed", "None"));
    const result = await table.transact([put()]);
    expect(result).toEqual({ outcome: "refused", refusals: new Map([[1, { pk: "p", sk: "s" }]]) });
  });

  it.each([["ThrottlingError"], ["ProvisionedThroughputExceeded"], ["TransactionConflict"]])(
    "comes back as a conflict where it was canceled for %s",
    async (code) => {
      expect(await throwing(canceled("None", code)).transact([put()])).toEqual({ outcome: "conflict" });
    },
  );

  it("comes back as a conflict while its first try, whose answer got lost, is still under way", async () => {
    const error = new TransactionInProgressException({ Message: "in progress", message: "in progress", $metadata: {} });
    expect(await throwing(error).transact([put()])).toEqual({ outcome: "conflict" });
  });

  it.each([["ValidationError"], ["ItemCollectionSizeLimitExceeded"]])(
    "comes back as a defect where it was canceled for %s, whatever else there was",
    async (code) => {
      const error = canceled("TransactionConflict", code);
      await expect(throwing(error).transact([put()])).rejects.toBe(error);
    },
  );

  it("comes back as a defect where no reason is given", async () => {
    const error = canceled();
    await expect(throwing(error).transact([put()])).rejects.toBe(error);
  });
});

describe("a refused condition", () => {
  it("tells who stood in the way", async () => {
    await real.write(put());
    expect(await real.write(putNew())).toEqual({ outcome: "refused", found: { ...key(), n: 1 } });
    const condition = { expression: "attribute_exists(pk)" };
    const result = await real.transact([put("t"), putNew(), { kind: "check", key: key("u"), condition }]);
    const found = new Map<number, unknown>([
      [1, { ...key(), n: 1 }],
      [2, undefined],
    ]);
    expect(result).toEqual({ outcome: "refused", refusals: found });
    expect(await stored("t")).toBeUndefined();
  });
});

// The SDK tries a write again whose answer got lost. What that does is nothing the table can mend: its users have to
// live with it, so it is written down here.
describe("a plain write that the SDK did twice", () => {
  it("adds twice", async () => {
    expect(await tableWith(inTurn("applied twice")).write(add)).toMatchObject({ outcome: "written", item: { n: 2 } });
  });

  it("is refused by its own first try, which it finds", async () => {
    const outcome = await tableWith(inTurn("applied twice")).write(putNew());
    expect(outcome).toEqual({ outcome: "refused", found: { ...key(), n: 1 } });
  });
});

describe("what comes in parts", () => {
  it("is read whole, however small the pages", async () => {
    for (const sk of ["1", "2", "3"]) await real.write(put(sk));
    const table = tableWith(() => "tiny page");
    expect((await table.query({ partition, consistent: true })).map(({ sk }) => sk)).toEqual(["1", "2", "3"]);
    expect((await table.query({ partition, range: { from: "2", to: "3" } })).map(({ sk }) => sk)).toEqual(["2", "3"]);
    const page = await table.queryPage({ partition, limit: 2 });
    expect(page).toMatchObject({ items: [{ sk: "1" }], next: { pk: partition, sk: "1" } });
  });

  it("is asked for again where a batch was read in part", async () => {
    const all = Array.from({ length: 130 }, (_, n) => String(n));
    await real.batchPut(all.map((sk) => put(sk).item));
    const table = tableWith(byChance(seeded(1), { unprocessed: 0.6 }));
    const items = await table.batchGet([...all, "nobody"].map(key), { consistent: true });
    expect(items.map(({ sk }) => sk).sort()).toEqual(all.sort());
    expect(clock.slept.length).toBeGreaterThan(1);
  });

  it("is written again where a batch was written in part", async () => {
    const all = Array.from({ length: 60 }, (_, n) => String(n));
    await tableWith(byChance(seeded(2), { unprocessed: 0.6 })).batchPut(all.map((sk) => put(sk).item));
    expect((await real.query({ partition, consistent: true })).map(({ sk }) => sk)).toEqual(all.sort());
    expect(clock.slept.length).toBeGreaterThan(1);
  });

  it("is given up as StoreUnavailable where a batch makes no headway", async () => {
    const table = tableWith((command) => (command.constructor.name.startsWith("Batch") ? "unprocessed" : undefined));
    const stuck = [table.batchGet([key()], { consistent: true }), table.batchPut([put().item])];
    for (const call of stuck) await expect(call).rejects.toBeInstanceOf(StoreUnavailable);
  });
});

describe("retrying", () => {
  const attempts = async (random: number, deadlineMs: number): Promise<{ tries: number; waited: number[] }> => {
    clock.slept = [];
    let tries = 0;
    const lost = retrying({ ...pace, random: () => random }, clock.now + deadlineMs, async (number) => {
      expect(number).toBe(tries);
      tries += 1;
      return undefined;
    });
    await expect(lost).rejects.toBeInstanceOf(StoreUnavailable);
    return { tries, waited: clock.slept };
  };

  it("waits between tries: any time up to a bound that doubles to two seconds", async () => {
    const { tries, waited } = await attempts(0.999, 100_000);
    expect(tries).toBe(40);
    expect(waited.slice(0, 7).map(Math.round)).toEqual([50, 100, 200, 400, 799, 1598, 1998]);
    expect(Math.max(...waited)).toBeLessThan(2_000);
    expect((await attempts(0, 100_000)).waited).toEqual(Array.from({ length: 40 }, () => 0));
  });

  it("never waits past the deadline", async () => {
    const begun = clock.now;
    const { tries } = await attempts(0.999, 500);
    expect(tries).toBeGreaterThan(3);
    expect(clock.now - begun).toBeLessThan(500);
  });

  it("gives the first value that there is, and what an attempt throws at once", async () => {
    const value = await retrying(pace, clock.now + 1_000, async (number) => (number < 2 ? undefined : number));
    expect(value).toBe(2);
    const error = new Error("a defect");
    await expect(retrying(pace, clock.now + 1_000, () => Promise.reject(error))).rejects.toBe(error);
  });
});
