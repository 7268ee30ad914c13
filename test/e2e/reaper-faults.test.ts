import { afterEach, describe, expect, it } from "vitest";
import { MINUTE_MS, SECOND_MS } from "../../shared/contract/time.ts";
import { StoreUnavailable, type Table, type Write } from "../../shared/store/table.ts";
import { type App, createApp, START } from "../support/app.ts";
import { DEEP, firstPlace, strideOf } from "../support/deep.ts";
import { crashing, lagging } from "../support/faulty-table.ts";
import {
  aroundReaper,
  expectAgreement,
  expectDigestOfLive,
  expiryOf,
  GONE_MS,
  goneOperator,
  operatorOf,
  REAPED_NOTHING,
  reportedUsage,
  sessionOf,
} from "../support/reaper-world.ts";
import { expectSoundTable } from "../support/table-truth.ts";

const opened: App[] = [];
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close();
});

const open = async (around?: (table: Table) => Table): Promise<App> => {
  const app = await createApp(around === undefined ? {} : { around: aroundReaper(around) });
  opened.push(app);
  return app;
};

/** More than fit into one transaction: each user has rows of their own. */
const MANY = Array.from({ length: 40 }, (_, index) => `s-${index}`);

const runAgain = async (app: App): Promise<void> => {
  app.clock.now += MINUTE_MS;
  await app.invoke("reaper");
};

/** Does something just before a write of the reaper: the first one that is of that kind. */
const justBefore = (isIt: (writes: readonly Write[]) => boolean) => {
  const state: { act: (() => Promise<unknown>) | undefined } = { act: undefined };
  const meet = async (writes: readonly Write[]) => {
    const { act } = state;
    if (act === undefined || !isIt(writes)) return;
    state.act = undefined;
    await act();
  };
  return {
    state,
    around: (table: Table): Table => ({
      ...table,
      async write(write) {
        await meet([write]);
        return table.write(write);
      },
      async transact(writes) {
        await meet(writes);
        return table.transact(writes);
      },
    }),
  };
};

const losesSessions = (writes: readonly Write[]): boolean =>
  writes.some((write) => write.kind === "put" && write.item.pk.startsWith("SESSION#"));
const givesUp = (writes: readonly Write[]): boolean =>
  writes.some((write) => write.kind === "update" && write.update.expression.includes("expiresAt"));

describe("two reapers", () => {
  it("at once, and another one after them, count every session once", async () => {
    const app = await open();
    for (const [index, instanceId] of ["op-1", "op-2"].entries()) {
      app.clock.now = START;
      await goneOperator(app, MANY.slice(index * 20, index * 20 + 20), instanceId);
    }
    const outcomes = await Promise.all([app.invoke("reaper"), app.invoke("reaper"), app.invoke("reaper")]);
    const sum = (field: string) => outcomes.reduce<number>((all, one) => all + Number(Object(one)[field]), 0);
    expect({ lost: sum("lost"), operators: sum("operators"), failed: sum("failed") }).toEqual({
      lost: 40,
      operators: 2,
      failed: 0,
    });
    app.clock.now += MINUTE_MS;
    expect(await app.invoke("reaper")).toEqual(REAPED_NOTHING);
    expect(app.logs.filter(({ message }) => message === "session lost")).toHaveLength(40);
    expect(await reportedUsage(app)).toMatchObject({ sessions: 40 });
    await expectSoundTable(app);
  });
});

describe("a heartbeat that comes between the reaper's read and its write", () => {
  it("keeps every session live, as if the reaper had not run", async () => {
    const race = justBefore(losesSessions);
    const app = await open(race.around);
    const operator = await goneOperator(app, MANY);
    race.state.act = () => operator.beats(MANY);
    expect(await app.invoke("reaper")).toEqual(REAPED_NOTHING);
    expect(await reportedUsage(app)).toMatchObject({ sessions: 0 });
    expect(await expiryOf(app)).toBeUndefined();
    await expectAgreement(app, operator, MANY);
  });

  it("keeps the operator of which nothing was live from being given up", async () => {
    const race = justBefore(givesUp);
    const app = await open(race.around);
    const operator = await goneOperator(app, []);
    race.state.act = () => operator.beats([]);
    expect(await app.invoke("reaper")).toEqual(REAPED_NOTHING);
    expect(await expiryOf(app)).toBeUndefined();
  });

  it("gets back what was lost already", async () => {
    let transactions = 0;
    const race = justBefore((writes) => {
      if (losesSessions(writes)) transactions += 1;
      return transactions === 2;
    });
    const app = await open(race.around);
    const operator = await goneOperator(app, MANY);
    race.state.act = () => operator.beats(MANY);
    const { lost, ...rest } = Object(await app.invoke("reaper"));
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBeLessThan(MANY.length);
    expect(rest).toEqual({ operators: 0, left: 0, failed: 0 });
    await expectAgreement(app, operator, MANY);
    expect(await reportedUsage(app)).toMatchObject({ sessions: 0 });
  });
});

describe("a session that starts while its operator is being given up", () => {
  it("keeps the operator from being given up", async () => {
    const race = justBefore(givesUp);
    const app = await open(race.around);
    const operator = await goneOperator(app, []);
    race.state.act = () => operator.starts("young");
    expect(await app.invoke("reaper")).toEqual(REAPED_NOTHING);
    expect(await expiryOf(app)).toBeUndefined();
    await expectAgreement(app, operator, ["young"]);
  });

  it("is found later even where it had not been told of yet when its function was killed", async () => {
    const app = await createApp({
      around: (table, name) =>
        name !== "sessions"
          ? table
          : {
              ...table,
              write: async (write) => {
                if (write.kind === "update" && write.key.pk === "OPERATORS") throw new StoreUnavailable("killed");
                return table.write(write);
              },
            },
    });
    opened.push(app);
    await goneOperator(app, []);
    expect(await app.invoke("reaper")).toEqual({ ...REAPED_NOTHING, operators: 1 });
    await operatorOf(app).starts("orphan");
    expect(await sessionOf(app, "orphan")).toMatchObject({ state: "live" });
    app.clock.now += GONE_MS;
    expect(await app.invoke("reaper")).toMatchObject({ lost: 1, failed: 0 });
    expect(await sessionOf(app, "orphan")).toMatchObject({ state: "lost", seconds: 0 });
    await expectSoundTable(app);
  });
});

describe("a reaper that is killed", () => {
  // The first combination of machine sessions, two transactions of sessions, with the marks of two days before them, the first
  // month of usage, the giving up,
  // the seat book that it is in.
  const WRITES = 9;
  const FIRST = firstPlace(3) - 1;
  const KILLS = Array.from({ length: WRITES }, (_, index) => index + 1).flatMap((write) =>
    (["before", "after"] as const)
      .map((when) => ({ write, when }))
      // One of the two at every third write, and with DEEP=1 both at each.
      .filter(({ when }) => DEEP || ((when === "before") === (write % 2 === 0) && write % 3 === FIRST)),
  );

  const killedAt = async ({ write, when }: (typeof KILLS)[number]) => {
    const crash = crashing();
    const app = await open(crash.around);
    const operator = await goneOperator(app, MANY);
    crash.killAt(write, when);
    await app.invoke("reaper").catch(() => undefined);
    expect(crash.killed()).toBe(true);
    crash.revive();
    await expectSoundTable(app);
    await expectDigestOfLive(app);
    return { app, operator };
  };

  it("needs no more writes than these tests kill it at", async () => {
    const crash = crashing();
    const app = await open(crash.around);
    await goneOperator(app, MANY);
    crash.killAt(Number.POSITIVE_INFINITY, "after");
    await app.invoke("reaper");
    expect(crash.writes()).toBe(WRITES);
  });

  it.each(KILLS)("$when write $write is made up for by the next one, and nothing counts twice", async (kill) => {
    const { app } = await killedAt(kill);
    await runAgain(app);
    expect(await expiryOf(app)).toBeDefined();
    expect(await reportedUsage(app)).toMatchObject({ sessions: MANY.length });
    await expectSoundTable(app);
  });

  // Of these every third, and with DEEP=1 all.
  const BACK = KILLS.filter((_, place) => place % strideOf(3) === 0);
  it.each(BACK)("$when write $write keeps no session from an operator that is back", async (kill) => {
    const { app, operator } = await killedAt(kill);
    await expectAgreement(app, operator, MANY);
    expect(await reportedUsage(app)).toMatchObject({ sessions: 0 });
  });
});

describe("a fault at one session", () => {
  it("costs no other session anything; the operator stays, and the run fails so that it is made again", async () => {
    let faulty = true;
    const app = await open((table) => ({
      ...table,
      transact: async (writes) => {
        if (faulty && writes.some((write) => write.kind === "put" && write.item.pk === "SESSION#s-7"))
          throw new TypeError("a record that breaks it");
        return table.transact(writes);
      },
    }));
    await goneOperator(app, MANY);
    await expect(app.invoke("reaper")).rejects.toThrow(
      'not all was done: {"lost":39,"operators":0,"left":1,"failed":1}',
    );
    expect(app.logs.at(-1)).toMatchObject({ level: "ERROR", message: "job failed", job: "reaper", duration_ms: 0 });
    expect(await sessionOf(app, "s-7")).toMatchObject({ state: "live" });
    expect(await expiryOf(app)).toBeUndefined();
    await expectSoundTable(app);

    faulty = false;
    app.clock.now += MINUTE_MS;
    expect(await app.invoke("reaper")).toEqual({ lost: 1, operators: 1, left: 0, failed: 0 });
    expect(await reportedUsage(app)).toMatchObject({ sessions: MANY.length });
    await expectSoundTable(app);
  });

  it("costs no other operator anything", async () => {
    const app = await open((table) => ({
      ...table,
      query: async (query) => {
        if (query.partition === "LIVE#op-1") throw new StoreUnavailable("just here");
        return table.query(query);
      },
    }));
    await goneOperator(app, ["s-1"], "op-1");
    app.clock.now = START;
    await goneOperator(app, ["s-2"], "op-2");
    await expect(app.invoke("reaper")).rejects.toThrow('{"lost":1,"operators":1,"left":1,"failed":1}');
    expect(await sessionOf(app, "s-2")).toMatchObject({ state: "lost" });
  });

  it("of the whole table fails the run", async () => {
    const app = await open((table) => ({
      ...table,
      query: async () => {
        throw new StoreUnavailable("gone");
      },
    }));
    await expect(app.invoke("reaper")).rejects.toThrow(StoreUnavailable);
    expect(app.logs.at(-1)).toMatchObject({ level: "ERROR", message: "job failed" });
  });
});

describe("contention", () => {
  it("is retried: a rollup that another writer is at holds no session up", async () => {
    let conflicts = 3;
    const app = await open((table) => ({
      ...table,
      transact: async (writes) => {
        conflicts -= 1;
        return conflicts >= 0 ? { outcome: "conflict" } : table.transact(writes);
      },
    }));
    await goneOperator(app, ["s-1", "s-2"]);
    expect(await app.invoke("reaper")).toEqual({ lost: 2, operators: 1, left: 0, failed: 0 });
    await expectSoundTable(app);
  });
});

describe("an index that lags", () => {
  it("and still shows as live what was lost, keeps no operator from being given up", async () => {
    const lag = lagging();
    const app = await open(lag.around);
    await goneOperator(app, ["s-1", "s-2", "s-3"]);
    lag.state.hidden = 3;
    expect(await app.invoke("reaper")).toEqual({ lost: 3, operators: 1, left: 0, failed: 0 });
    await expectSoundTable(app);
  });

  it("and still shows an adopted session where it was, does not cost the session its life", async () => {
    const lag = lagging();
    const app = await createApp({ around: lag.around });
    opened.push(app);
    await goneOperator(app, ["s-1"]);
    const heir = operatorOf(app, "op-2");
    await heir.beats(["s-1"]);
    lag.state.hidden = 1;
    expect(await app.invoke("reaper")).toEqual({ ...REAPED_NOTHING, operators: 1 });
    lag.state.hidden = 0;
    expect(await sessionOf(app, "s-1")).toMatchObject({ state: "live", instanceId: "op-2" });
    await expectAgreement(app, heir, ["s-1"]);
  });
});

describe("the deadline", () => {
  /** Every transaction of the reaper that ends sessions takes a while, once `tick` says so. */
  const openSlow = async (isRefused: (writes: readonly Write[]) => boolean = () => false) => {
    const clock = { tick: () => {} };
    const app = await open((table) => ({
      ...table,
      transact: async (writes) => {
        if (!givesUp(writes)) clock.tick();
        return isRefused(writes) ? { outcome: "conflict" } : table.transact(writes);
      },
    }));
    const slowDown = (seconds: number) => {
      clock.tick = () => {
        app.clock.now += seconds * SECOND_MS;
      };
    };
    return { app, slowDown };
  };

  it("leaves the rest to the next run, those longest gone first", async () => {
    const { app, slowDown } = await openSlow();
    for (const [minutes, instanceId, sessions] of [
      [2, "op-1", []],
      [0, "op-2", ["of-op-2"]],
      [3, "op-3", ["of-op-3"]],
      [1, "op-4", ["of-op-4"]],
    ] as const) {
      app.clock.now = START + minutes * MINUTE_MS;
      await goneOperator(app, sessions, instanceId);
    }
    app.clock.now += 4 * MINUTE_MS;
    slowDown(150);
    expect(await app.invoke("reaper")).toEqual({ lost: 2, operators: 2, left: 2, failed: 0 });
    expect(await expiryOf(app, "op-1")).toBeUndefined();
    expect(await sessionOf(app, "of-op-3")).toMatchObject({ state: "live" });
    expect(await app.invoke("reaper")).toEqual({ lost: 1, operators: 2, left: 0, failed: 0 });
    expect(await reportedUsage(app)).toMatchObject({ sessions: 3 });
    await expectSoundTable(app);
  });

  it("is kept between the transactions of one operator, too", async () => {
    const { app, slowDown } = await openSlow();
    const operator = await goneOperator(app, MANY);
    slowDown(290);
    const { lost, ...rest } = Object(await app.invoke("reaper"));
    expect(rest).toEqual({ operators: 0, left: 1, failed: 0 });
    expect(await expiryOf(app)).toBeUndefined();
    await expectDigestOfLive(app);
    expect(await app.invoke("reaper")).toEqual({ lost: MANY.length - lost, operators: 1, left: 0, failed: 0 });
    await expectSoundTable(app);
    await expectAgreement(app, operator, MANY);
  });

  it("is kept where sessions are lost one by one", async () => {
    const { app, slowDown } = await openSlow((writes) => writes.filter(({ kind }) => kind === "put").length > 3);
    await goneOperator(app, ["s-1", "s-2", "s-3"]);
    slowDown(100);
    expect(await app.invoke("reaper")).toEqual({ lost: 2, operators: 0, left: 1, failed: 0 });
    expect(await app.invoke("reaper")).toEqual({ lost: 1, operators: 1, left: 0, failed: 0 });
    await expectSoundTable(app);
  });
});
