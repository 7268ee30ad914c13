import { describe, expect, it } from "vitest";
import { createSessions } from "../../../../agent/sessions/machine.ts";
import type { Observation, Sessions } from "../../../../agent/sessions/types.ts";
import { DAY_MS, SECOND_MS } from "../../../../shared/contract/time.ts";
import { idsOf } from "../../../support/agent-oracle/facts.ts";
import type { GapPlan, History, LifePlan } from "../../../support/agent-oracle/history.ts";
import { liveThrough } from "../../../support/agent-oracle/live-through.ts";
import { createRecord } from "../../../support/agent-oracle/record.ts";
import { randomOf, watching } from "../../../support/agent-oracle/watching.ts";
import { FIRST_START, worldOf } from "../../../support/agent-oracle/world.ts";
import { firstPlace, strideOf } from "../../../support/deep.ts";

const INSTANCE = "cluster-5d3ab0f2-7d5c-4f36-9a5f-3f1de0b6a0c1";
const HOUR_S = 3_600;
const YEAR_MS = 365 * DAY_MS;
const NEVER = undefined;

const make = (restored: unknown) => createSessions({ instanceId: INSTANCE, restored });

/** Nothing special: all kinds are installed, all clocks agree, one process runs for two minutes, and then another. */
const QUIET: History = {
  salt: 0,
  apiClockMs: 0,
  operatorClockMs: 0,
  agentClockMs: 0,
  stampsHaveMs: true,
  lives: [],
  operatorRestarts: [],
  installedS: [-HOUR_S, -HOUR_S, -HOUR_S],
  removed: undefined,
  forbidden: [],
  processes: [{ upS: 120, awayS: 5, kept: true }],
  gaps: [],
  firstListsLagS: 0,
  saveEveryS: 1,
  beatEveryS: 10,
};

const life = (
  what: LifePlan["what"],
  afterS: number,
  connectedForS: number | undefined,
  rest: Partial<LifePlan> = {},
) => ({
  what,
  created: { process: 0, afterS },
  connectsAfterS: 1,
  connectedForS,
  closes: "unused" as const,
  writes: "closed first" as const,
  againAfterS: NEVER,
  ...rest,
});

const gap = (kind: number, afterS: number, lastsS: number, rest: Partial<GapPlan> = {}): GapPlan => ({
  kind,
  begins: { process: 0, afterS },
  lastsS,
  isReported: true,
  goesOn: "list",
  lagS: 0,
  omits: undefined,
  ...rest,
});

/** Lives through a history. `told` is what the agent reported, with seconds since its first start. */
const play = (history: Partial<History>, change = (sessions: Sessions): Sessions => sessions) => {
  const told: string[] = [];
  const lived = liveThrough({ ...QUIET, ...history }, (restored) => {
    const sessions = change(make(restored));
    const observe = (observation: Observation) => {
      const changes = sessions.observe(observation);
      const at = Math.round((observation.at - FIRST_START) / SECOND_MS);
      for (const { session_id } of changes.started) told.push(`${at} start ${session_id}`);
      for (const { session_id, inferred } of changes.ended)
        told.push(`${at} ${inferred === true ? "inferred end" : "end"} ${session_id}`);
      return changes;
    };
    return { ...sessions, observe };
  });
  expect(lived.complaints).toEqual([]);
  const { world, sessions } = lived;
  /** How many seconds too much the server counts of a session, by its place in the history. */
  const surplusS = (place: number): number => {
    const { endsAt = 0, ...rest } = world.lives[place] ?? { endsAt: 0 };
    const ids = "uid" in rest ? idsOf({ ...rest, endsAt }) : new Set<string>();
    return ((sessions.find(({ id }) => ids.has(id))?.endedAt ?? 0) - endsAt) / SECOND_MS;
  };
  return { ...lived, told: told.map((text) => text.replace(/ [^ ]*$/, "")), surplusS };
};

describe("an agent", () => {
  it("that has no complete list ends nothing, though its sessions ended while it was away", () => {
    const { told } = play({
      lives: [life("user", 2, 300), life("preview", 2, 300, { closes: "without a word" }), life("parent", 2, 300)],
      processes: [
        { upS: 60, awayS: HOUR_S, kept: true },
        { upS: 150, awayS: 5, kept: true },
      ],
      gaps: [0, 1, 2].map((kind) => gap(kind, -1, 160, { begins: { process: 1, afterS: -1 } })),
    });
    const inSecondProcess = told.filter((text) => Number.parseInt(text, 10) < 60 + HOUR_S + 150);
    expect(inSecondProcess.filter((text) => text.includes("end"))).toEqual([]);
    expect(told.filter((text) => text.includes("inferred end"))).toHaveLength(3);
  });

  it.each([true, false])("that was away for six hours counts no minute too much, with its file: %s", (kept) => {
    const { surplusS } = play({
      lives: [
        life("user", 2, 100),
        life("ci", 2, 2_000),
        life("parent", 2, 300),
        life("preview", 2, 300, { closes: "without a word" }),
        life("preview", 2, 2 * HOUR_S, { closes: "at once" }),
      ],
      processes: [{ upS: 60, awayS: 6 * HOUR_S, kept }],
    });
    for (const place of [0, 1, 2, 3, 4]) expect(surplusS(place)).toBeLessThan(5);
  });

  it("that is away for less than a minute loses no session and no second", () => {
    const lives = [life("user", 30, 20), life("ci", 50, 5), life("copied", 62, 1), life("targetless", 55, undefined)];
    const { surplusS, sessions } = play({ lives, processes: [{ upS: 60, awayS: 55, kept: false }] });
    expect(sessions.filter(({ state }) => state === "over")).toHaveLength(3);
    for (const place of [0, 1, 2]) expect(Math.abs(surplusS(place))).toBeLessThan(5);
  });

  it("whose clock is a year ahead for a moment ends nothing for it", () => {
    const ahead = (observation: Observation) => {
      const second = Math.round((observation.at - FIRST_START) / SECOND_MS);
      if (second < 25 || second > 26) return observation;
      return observation.type === "offset"
        ? { ...observation, at: observation.at + YEAR_MS, offsetMs: observation.offsetMs - YEAR_MS }
        : { ...observation, at: observation.at + YEAR_MS };
    };
    const { told } = play(
      {
        lives: [life("user", 2, undefined), life("preview", 2, undefined), life("parent", 20, undefined)],
        processes: [{ upS: 90, awayS: 5, kept: true }],
      },
      (sessions) => ({
        ...sessions,
        observe: (observation) => sessions.observe(ahead(observation)),
      }),
    );
    expect(told.filter((text) => text.includes("end"))).toEqual([]);
  });

  it("revives a session that a lagging list did not have, and then reports its true end", () => {
    const { told, surplusS } = play({ lives: [life("user", 2, 60)], gaps: [gap(0, 30, 3, { omits: 0 })] });
    expect(told.map((text) => text.replace(/^\d+ /, ""))).toEqual(["start", "inferred end", "start", "end"]);
    expect(Math.abs(surplusS(0))).toBeLessThan(5);
  });

  it("reports a reconnect under the same id as a second session", () => {
    const { sessions } = play({
      lives: [life("user", 1, 5, { againAfterS: 1 }), life("parent", 1, 5, { againAfterS: 1 })],
      processes: [{ upS: 240, awayS: 5, kept: true }],
    });
    expect(sessions.map(({ state }) => state)).toEqual(["over", "over", "over", "over"]);
  });

  it("reports objects at every bound", () => {
    const { sessions } = play({ lives: [1, 2, 3, 4, 5, 6].map((afterS) => life("odd", afterS, undefined)) });
    expect(sessions).toHaveLength(6);
  });

  it("ends the sessions of a lost operator when it was lost, and keeps those that survive", () => {
    const lives = [life("user", 2, undefined), life("ci", 2, undefined)];
    const restart = { at: { process: 0, afterS: 30 }, downS: 20 };
    const lost = play({ lives, operatorRestarts: [{ ...restart, sessionsSurvive: false }] });
    expect(lost.sessions.map(({ reason }) => reason)).toEqual(["StateLost", "StateLost"]);
    expect(Math.abs(lost.surplusS(0))).toBeLessThan(5);
    const kept = play({ lives, operatorRestarts: [{ ...restart, sessionsSurvive: true }] });
    expect(kept.sessions.map(({ state }) => state)).toEqual(["live", "live"]);
  });

  it("keeps its sessions while its rights are taken away, and ends those of a kind that is uninstalled", () => {
    const lives = [life("user", 2, undefined), life("preview", 2, undefined)];
    const forbidden = play({ lives, forbidden: [{ kind: 0, at: { process: 0, afterS: 20 }, lastsS: 90 }] });
    expect(forbidden.told).toHaveLength(2);
    const gone = play({
      lives,
      removed: { kind: 0, at: { process: 0, afterS: 130 } },
      processes: [{ upS: 120, awayS: 30, kept: true }],
    });
    // The kind is gone while the agent is away: 404 for five minutes says so.
    const [, , end] = gone.told;
    expect(end).toMatch(/inferred end$/);
    expect(Number.parseInt(end ?? "", 10)).toBeGreaterThanOrEqual(150 + 300);
  });

  it("learns from its child that a multi-cluster session is CI", () => {
    const { sessions } = play({
      lives: [life("parent", 2, undefined), life("user", 2, 9), life("ci child", 5, undefined)],
    });
    expect(sessions.find(({ id }) => id.startsWith("mc-"))).toMatchObject({ kind: "ci", state: "live" });
  });

  const EVENTFUL: LifePlan[] = [
    life("user", 3, 12, { againAfterS: 5 }),
    life("ci", 8, 40, { closes: "at once", writes: "deletion first" }),
    life("preview", 4, 30),
    life("preview", 10, 45, { closes: "without a word" }),
    life("parent", 6, 25),
    life("targetless", 12, 20, { closes: "without a word" }),
    life("ci child", 9, 20),
    life("pod set", 5, NEVER),
  ];
  const STRIDE = strideOf(20);

  it.each([true, false])("can be replaced at any moment, with its file: %s", (kept) => {
    for (let upS = firstPlace(STRIDE); upS < 130; upS += STRIDE)
      play({ lives: EVENTFUL, processes: [{ upS, awayS: 5 + (upS % 40), kept }] });
  });

  it("and the one that replaces it report the same sessions, once each, while both run", () => {
    const world = worldOf({ ...QUIET, lives: EVENTFUL, processes: [{ upS: 170, awayS: 5, kept: false }] });
    const record = createRecord();
    const agents = [FIRST_START, FIRST_START + 20 * SECOND_MS].map((from, place) => ({
      from,
      sessions: make(undefined),
      watch: watching(world, from, false, randomOf(place)),
    }));
    for (let now = FIRST_START; now < FIRST_START + 170 * SECOND_MS; now += SECOND_MS) {
      for (const { sessions, watch } of agents.filter(({ from }) => now >= from))
        for (const { observation } of watch.step(now)) {
          const { started, ended } = sessions.observe(observation);
          for (const start of started) record.start(start, 0);
          for (const end of ended) record.end(end, 0);
        }
      // The server takes the list of the newest process alone.
      const list = agents.findLast(({ from }) => now >= from)?.sessions.view().list;
      if (list !== undefined) expect(record.list(list, now)).toEqual([]);
    }
    const ids = world.lives.filter(({ parentName }) => parentName === undefined).map((each) => [...idsOf(each)][0]);
    expect([...record.sessions.keys()].sort()).toEqual(ids.sort());
    const live = [...record.sessions.values()].filter(({ state }) => state === "live");
    expect(live).toHaveLength(1);
  });
});
