import { beforeEach, describe, expect, it } from "vitest";
import { formatTime, HOUR_MS } from "../../../shared/contract/time.ts";
import type { Table, Write } from "../../../shared/store/table.ts";
import { expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import { endedEvent } from "../../support/wire.ts";

const server = serverPerTest();
const operator = () => operatorAt(server());
const ids = (count: number) => Array.from({ length: count }, (_, place) => `s-${place}`);

describe("one bad event among 500", () => {
  it("is rejected by name; the other ends are taken and the lease is renewed", async () => {
    const ended = ids(500).map((id) => endedEvent(START, id));
    ended[250] = endedEvent(START, "s-250", { ended_at: "yesterday" });
    const body = expectSuccess("heartbeat", await operator().beats([], { ended }));
    expect(body.rejected).toEqual([
      { session_id: "s-250", code: "BadRequest", detail: expect.stringContaining("ended.250.ended_at") },
    ]);
    expect(body.accepted.toSorted()).toEqual(
      ids(500)
        .filter((id) => id !== "s-250")
        .toSorted(),
    );
    expect(body.lease).not.toBeNull();
    expect(await storedUnder(server(), "SESSION#")).toHaveLength(499);
  });

  it("is rejected by name; the other starts are taken", async () => {
    const op = operator();
    const started = ids(500).map((id) => op.start(id, "ci", { ci: true }));
    started[499] = op.start("s-499", "ci", { ci: true, target: { namespace: "shop" } });
    const body = expectSuccess("heartbeat", await op.beats(ids(499), { started }));
    expect(body.rejected).toEqual([
      { session_id: "s-499", code: "BadRequest", detail: expect.stringMatching(/started\.499\.target\.(kind|name)/) },
    ]);
    expect(body.accepted).toHaveLength(499);
    expect(body.unknown).toEqual([]);
    expect(await storedUnder(server(), "SESSION#")).toHaveLength(499);
  });
});

describe("an end that is before its start", () => {
  it("is set to it: start and end are both recorded", async () => {
    const op = operator();
    const started = [op.start("s-1", "ana")];
    const before = formatTime(START - 24 * HOUR_MS);
    const ended = [endedEvent(START, "s-1", { ended_at: before, start: undefined })];
    const body = expectSuccess("heartbeat", await op.beats([], { started, ended }));
    expect({ accepted: body.accepted, rejected: body.rejected }).toEqual({ accepted: ["s-1"], rejected: [] });
    expect(await storedUnder(server(), "SESSION#")).toMatchObject([{ state: "ended", seconds: 0, clamped: "start" }]);
  });
});

describe("an event", () => {
  it.each([
    ["null", null],
    ["text", "s-1"],
    ["a list", []],
    ["an empty object", {}],
    ["an id that is none", { session_id: "a b" }],
    ["lists nested deep", JSON.parse(`${"[".repeat(1_000)}${"]".repeat(1_000)}`)],
    ["a hostile __proto__", JSON.parse(`{"__proto__":{"session_id":"s-1"}}`)],
  ])("that is %s is rejected in whatever list it stands; it names no session", async (_what, event) => {
    const lists = { started: [event], ended: [event], changed: [event], errors: [event] };
    const body = expectSuccess("heartbeat", await operator().beats([], lists));
    expect(body.rejected).toHaveLength(4);
    for (const { session_id, code } of body.rejected)
      expect({ session_id, code }).toEqual({ session_id: null, code: "BadRequest" });
    expect(body.rejected.map(({ detail }) => detail.split(/[. ]/)[0]).toSorted()).toEqual([
      "changed",
      "ended",
      "errors",
      "started",
    ]);
    expect(await storedUnder(server(), "SESSION#")).toEqual([]);
    expect(await storedUnder(server(), "ERRORS#")).toEqual([]);
  });

  it("is rejected alone if it is older than sessions are kept; one that is ahead of its time is not", async () => {
    const op = operator();
    const future = formatTime(START + HOUR_MS);
    const ancient = "2001-01-01T00:00:00Z";
    const events = {
      started: [
        op.start("future", "ana", { started_at: future }),
        op.start("ancient", "ana", { started_at: ancient }),
        op.start("good", "ci", { ci: true }),
      ],
      ended: [
        endedEvent(START, "backwards", { start: op.start("backwards", "ana", { started_at: formatTime(START + 1) }) }),
        endedEvent(START, "late", { ended_at: future }),
        endedEvent(START, "old", { start: op.start("old", "ana", { started_at: ancient }) }),
        endedEvent(START, "fine"),
      ],
    };
    const body = expectSuccess("heartbeat", await op.beats([], events));
    expect(body.accepted.toSorted()).toEqual(["backwards", "fine", "future", "good", "late"]);
    expect(body.rejected.map(({ session_id }) => session_id).toSorted()).toEqual(["ancient", "old"]);
  });

  it("of another operator instance is rejected", async () => {
    const started = [operatorAt(server(), "op-2").start("s-1")];
    const { rejected } = expectSuccess("heartbeat", await operator().beats([], { started }));
    expect(rejected).toEqual([
      { session_id: "s-1", code: "BadRequest", detail: expect.stringContaining("instance_id") },
    ]);
  });
});

describe("an event that the table fails at", () => {
  let broken: string | undefined;
  beforeEach(() => {
    broken = "broken";
  });
  const faulty = serverPerTest({
    around: (real: Table): Table => {
      const check = (writes: readonly Write[]) => {
        const keys = writes.map((write) => (write.kind === "put" ? write.item.pk : write.key.pk));
        if (broken !== undefined && keys.some((pk) => pk.includes(`SESSION#${broken}`))) throw new Error("broken");
      };
      return {
        ...real,
        write: async (write) => {
          check([write]);
          return real.write(write);
        },
        transact: async (writes) => {
          check(writes);
          return real.transact(writes);
        },
      };
    },
  });

  it("stands in no list, spoils no other, and is taken when it comes again", async () => {
    const op = operatorAt(faulty());
    const events = {
      started: [op.start("broken-start", "ci", { ci: true }), op.start("s-1", "ci", { ci: true })],
      ended: [endedEvent(START, "broken-end"), endedEvent(START, "s-2")],
    };
    const first = expectSuccess("heartbeat", await op.beats(["broken-start", "s-1"], events));
    expect(first.accepted.toSorted()).toEqual(["s-1", "s-2"]);
    expect([...first.rejected, ...first.denied]).toEqual([]);
    expect(first.lease).not.toBeNull();
    broken = undefined;
    const again = expectSuccess("heartbeat", await op.beats(["broken-start", "s-1"], events));
    expect(again.accepted.toSorted()).toEqual(["broken-end", "broken-start", "s-1", "s-2"]);
  });
});
