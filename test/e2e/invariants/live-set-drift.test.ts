import { beforeEach, describe, expect, it } from "vitest";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { StoreUnavailable, type Write } from "../../../shared/store/table.ts";
import { START } from "../../support/app.ts";
import { lagging } from "../../support/faulty-table.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { expectDigest, expectSoundTable, storedSession } from "../../support/table-truth.ts";

let index = lagging();
/** What happens just before a plain write of this kind, once. */
let before: { writing: RegExp; happens: () => Promise<void> } | undefined;
beforeEach(() => {
  index = lagging();
  before = undefined;
});

const server = serverPerTest({
  around: (real) => {
    const table = index.around(real);
    return {
      ...table,
      async write(write) {
        const planned = before;
        if (planned?.writing.test(expressionOf(write))) {
          before = undefined;
          await planned.happens();
        }
        return table.write(write);
      },
    };
  },
});

const expressionOf = (write: Write): string => (write.kind === "update" ? write.update.expression : "");

const DIGEST_MOVE = /ADD liveCount/;
const DIGEST_SET = /SET liveCount/;

const fails = () => Promise.reject(new StoreUnavailable("cut off"));

const wait = (ms: number): void => {
  server().clock.now += ms;
};

const beatsFor = async (operator: ReturnType<typeof operatorAt>, minutes: number, ids: readonly string[]) => {
  for (let minute = 0; minute < minutes; minute += 1) {
    wait(MINUTE_MS);
    await operator.beats(ids);
  }
};

describe("a session that is neither in its operator's list nor in the digest", () => {
  it("is found and lost as of its start, where its start was cut off and it never ran", async () => {
    const operator = operatorAt(server());
    await operator.beats([]);
    before = { writing: DIGEST_MOVE, happens: fails };
    await operator.starts("s-1");
    await expectDigest(server(), "op-1", []);
    await beatsFor(operator, 20, []);
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "lost", seconds: 0 });
    await expectSoundTable(server());
  });

  it("is lost as of its start, where another session's start makes list and digest differ", async () => {
    const operator = operatorAt(server());
    await operator.beats([]);
    before = { writing: DIGEST_MOVE, happens: fails };
    await operator.starts("s-1");
    await beatsFor(operator, 5, []);
    await operator.starts("s-2");
    await operator.beats([]);
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "lost", seconds: 0 });
    expect(await storedSession(server(), "s-2")).toMatchObject({ state: "live" });
    await expectSoundTable(server());
  });

  it("is found and lost as of its start, where the index did not show it yet and it never ran", async () => {
    const operator = operatorAt(server());
    await operator.beats([]);
    await operator.starts("s-1");
    index.state.hidden = 1;
    wait(SECOND_MS);
    await operator.beats([]);
    await expectDigest(server(), "op-1", []);
    await beatsFor(operator, 20, []);
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "lost", seconds: 0 });
    await expectSoundTable(server());
  });
});

describe("a session that is in its operator's list and in the digest, but lost", () => {
  it("is found and revived", async () => {
    const operator = operatorAt(server());
    await operator.starts("s-1");
    await beatsFor(operator, 5, ["s-1"]);
    before = { writing: DIGEST_SET, happens: fails };
    await beatsFor(operator, 1, []);
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "lost" });
    await expectDigest(server(), "op-1", ["s-1"]);
    await beatsFor(operator, 20, ["s-1"]);
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "live" });
    await expectSoundTable(server());
  });
});

describe("the digest", () => {
  it("is not set from what a start has overtaken", async () => {
    const operator = operatorAt(server());
    await operator.starts("s-1");
    await beatsFor(operator, 3, ["s-1"]);
    before = { writing: DIGEST_SET, happens: async () => void (await operator.starts("s-2")) };
    await beatsFor(operator, 1, []);
    await expectDigest(server(), "op-1", ["s-1", "s-2"]);
    await beatsFor(operator, 1, ["s-2"]);
    await expectDigest(server(), "op-1", ["s-2"]);
    await expectSoundTable(server());
  });

  it.each([1, 2, 3])("comes right after an index that was %d writes behind", async (hidden) => {
    const operator = operatorAt(server());
    await operator.starts("s-1");
    await operator.starts("s-2");
    await beatsFor(operator, 3, ["s-1", "s-2"]);
    await operator.starts("s-3");
    await operator.ends("s-1");
    index.state.hidden = hidden;
    await beatsFor(operator, 1, ["s-3"]);
    await beatsFor(operator, 1, ["s-3"]);
    await expectDigest(server(), "op-1", ["s-3"]);
    await expectSoundTable(server());
  });
});

describe("an end that takes the extremes of a day away", () => {
  it("waits for an index that is behind", async () => {
    const operator = operatorAt(server());
    await operator.starts("s-1");
    wait(MINUTE_MS);
    await operator.starts("s-2");
    await operator.starts("s-3");
    await beatsFor(operator, 3, ["s-1", "s-2", "s-3"]);
    await operator.ends("s-2");
    await operator.ends("s-3");
    await beatsFor(operator, 1, []);
    // It does not know yet that `s-3` is over.
    index.state.hidden = 2;
    expect((await operator.ends("s-1", { ended_at: new Date(START + MINUTE_MS).toISOString() })).status).toBe(200);
    expect(index.state.hidden).toBe(0);
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "ended", seconds: 60 });
    await expectSoundTable(server());
  });
});

describe("a session that is adopted in a new period", () => {
  it("claims its seat by the next heartbeat of its new operator", async () => {
    const seats = async () => (await server().call("GET", "/api/v1/seats")).json.used;
    const operator = operatorAt(server());
    await operator.starts("s-1");
    await operator.beats(["s-1"]);
    wait(31 * DAY_MS);
    const next = operatorAt(server(), "op-2");
    await next.beats([]);
    await beatsFor(next, 1, ["s-1"]);
    expect(await seats()).toBe(0);
    await beatsFor(next, 1, ["s-1"]);
    expect(await seats()).toBe(1);
    await expectSoundTable(server());
  });
});
