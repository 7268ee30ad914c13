import { beforeAll, describe, expect, it } from "vitest";
import { type History, live, type Round } from "./history.ts";
import { type Licenses, mintLicenses } from "./licenses.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let licenses: Licenses;
beforeAll(async () => {
  licenses = await mintLicenses();
});

/** Counter-examples that random histories came upon, shrunk; each broke what its name says. */
const HISTORIES: Readonly<Record<string, History>> = {
  "a session that started after a heartbeat's list was made has its place in the new period, too": {
    rounds: [
      { acts: [{ do: "ask", operator: 0, person: 0, ci: false }], waitMs: "period end" },
      { acts: [{ do: "beat late", operator: 0 }] },
      { acts: [{ do: "ask", operator: 0, person: 2, ci: false }], waitMs: 20_000 },
      { acts: [{ do: "arrive" }] },
      { acts: [{ do: "beat", operator: 0 }], waitMs: 20_000 },
      { acts: [{ do: "ask", operator: 1, person: 3, ci: false }] },
    ],
  },
  "a heartbeat that was frozen does not take back when its operator was last heard, whatever its number": {
    rounds: [
      {
        acts: [
          { do: "ask", operator: 0, person: 0, ci: true },
          { do: "beat far ahead", operator: 0 },
        ],
        steps: [go(), { pick: 1, fate: "hold" }],
        waitMs: 1_000,
      },
      { acts: [{ do: "beat", operator: 0 }], waitMs: 49 * HOUR },
      { acts: [{ do: "thaw" }] },
      { acts: [{ do: "reap" }] },
    ],
  },
  "a heartbeat that carries sessions over claims nothing for one that ended meanwhile": {
    rounds: [
      { acts: [{ do: "ask", operator: 0, person: 0, ci: false }], waitMs: 31 * 24 * HOUR },
      {
        acts: [
          { do: "beat", operator: 0 },
          { do: "end", operator: 0, pick: 0, byCall: true },
        ],
        // The heartbeat has found its session without a seat; then the session ends before it claims one.
        steps: [go(), go(), go(), go(), go(), { pick: 0, fate: "hold" }],
      },
      { acts: [{ do: "thaw" }] },
    ],
  },
  "a heartbeat that the SDK sends twice does not take itself for the one before": {
    rounds: [
      { acts: [{ do: "tell", operator: 0, person: 0, ci: true }] },
      { acts: [{ do: "license", kind: "expired" }] },
      { acts: [{ do: "beat", operator: 0 }], waitMs: 24 * HOUR },
      {
        acts: [{ do: "beat", operator: 0 }],
        steps: [
          { pick: 0, fate: "twice" },
          { pick: 0, fate: "fail after" },
        ],
      },
      { acts: [{ do: "beat", operator: 0 }], waitMs: MINUTE },
      { acts: [{ do: "beat", operator: 0 }] },
    ],
  },
  "a registration that was frozen does not take an operator's heartbeats since back": {
    rounds: [
      { acts: [{ do: "register", operator: 1 }], steps: [{ pick: 0, fate: "hold" }] },
      { acts: [{ do: "tell", operator: 1, person: 0, ci: true }], waitMs: 20 * MINUTE },
      {
        acts: [
          { do: "beat", operator: 1 },
          { do: "vanish", operator: 1 },
        ],
      },
      { acts: [{ do: "thaw" }] },
    ],
  },
  "a heartbeat that arrives late leaves what a later one has noted as it is": {
    rounds: [
      { acts: [{ do: "ask", operator: 0, person: 0, ci: true }], waitMs: 4 * MINUTE },
      {
        acts: [
          { do: "ask", operator: 0, person: 0, ci: true },
          { do: "beat", operator: 0 },
        ],
        waitMs: 4 * MINUTE,
      },
      {
        acts: [
          { do: "beat", operator: 0 },
          { do: "repeat", pick: 1 },
        ],
        steps: [go(1)],
      },
      { acts: [{ do: "vanish", operator: 0 }] },
    ],
  },
  "a session that another instance takes over has its seat in the book of the day, though a session starts beside it": {
    rounds: [
      { acts: [{ do: "ask", operator: 0, person: 0, ci: false }] },
      { acts: [{ do: "restart", operator: 0 }], waitMs: 31 * 24 * HOUR },
      { acts: [{ do: "register", operator: 0 }] },
      {
        acts: [
          { do: "ask", operator: 0, person: 1, ci: true },
          { do: "beat", operator: 0 },
        ],
        steps: [go(), go(1)],
      },
    ],
  },
  "a holder of a lowered license is not refused for a ranking that releases have made old": {
    setting: { license: "two" },
    rounds: [
      { acts: [{ do: "ask", operator: 0, person: 0, ci: false }] },
      {
        acts: [
          { do: "license", kind: "one" },
          { do: "restart", operator: 0 },
        ],
        waitMs: 1_000,
      },
      {
        acts: [
          { do: "ask", operator: 1, person: 1, ci: false },
          { do: "repeat", pick: 0 },
          { do: "ask", operator: 1, person: 0, ci: true },
          { do: "beat", operator: 0 },
        ],
        waitMs: 49 * HOUR,
      },
      {
        acts: [
          { do: "release", pick: 7 },
          { do: "ask", operator: 0, person: 0, ci: false },
          { do: "beat late", operator: 0 },
        ],
        steps: [go(1), go(7), go(3), { pick: 3, fate: "hold" }],
      },
      { acts: [{ do: "release", pick: 0 }] },
      { acts: [{ do: "renumber", operator: 0 }] },
    ],
  },
  "a denial that the same heartbeat takes back is in no answer": {
    setting: { license: "expires in three hours" },
    rounds: [
      {
        acts: [
          { do: "tell", operator: 1, person: 0, ci: true },
          { do: "ask", operator: 0, person: 0, ci: true },
        ],
        waitMs: "period end",
      },
      { acts: [{ do: "clock", operator: 0, ahead: 0 }], waitMs: 20_000 },
      {
        acts: [{ do: "beat", operator: 1 }],
        // The start is recorded as denied; then the function is killed.
        steps: [go(), go(), go(), go(), { pick: 0, fate: "crash before" }],
      },
      { acts: [{ do: "license", kind: "two" }] },
    ],
  },
};

function go(pick = 0): NonNullable<Round["steps"]>[number] {
  return { pick, fate: "go" };
}

describe("what random histories have found stays so", () => {
  it.each(Object.entries(HISTORIES))("%s", async (_, history) => {
    const { complaints } = await live(licenses, history);
    expect(complaints).toEqual([]);
  });
});
