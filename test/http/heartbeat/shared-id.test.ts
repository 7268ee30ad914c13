import { describe, expect, it } from "vitest";
import { formatTime, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";

const server = serverPerTest();
const wait = (ms: number) => {
  server().clock.now += ms;
};
const liveIds = async () =>
  expectSuccess("sessionList", await server().call("GET", "/api/v1/sessions"))
    .sessions.map(({ id }) => id)
    .toSorted();
const detections = () => server().logs.filter(({ InstanceIdsShared }) => InstanceIdsShared === 1);

/** One of two operators that present the same `instance_id`. */
const twin = (sessions: readonly string[], seq: number, skewMs = 0) => {
  const op = operatorAt(server());
  let next = seq;
  return {
    starts: async () => {
      for (const id of sessions) await op.starts(id, id, { ci: true });
    },
    beats: async (listed = sessions) => {
      next += 1;
      const sent = formatTime(server().clock.now + skewMs);
      return expectSuccess("heartbeat", await op.beats(listed, { seq: next, sent_at: sent }));
    },
    restarts: () => {
      next = 0;
    },
  };
};

type Twin = ReturnType<typeof twin>;

/** Both beat in turn, a half interval apart; gives what each was last answered in `conflict`. */
const alternate = async (one: Twin, other: Twin, rounds: number, intervalMs = MINUTE_MS) => {
  let conflicts: [string[], string[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    const first = await one.beats();
    wait(intervalMs / 2);
    const second = await other.beats();
    wait(intervalMs / 2);
    conflicts = [first.conflict, second.conflict];
  }
  return conflicts;
};

describe("two operators that use one instance_id", () => {
  it.each([
    ["numbers that are far apart", 1_000, 0, 0, 5],
    ["the same numbers", 0, 0, 0, 5],
    ["the same numbers, sent at the same times by their clocks", 0, 0, -30 * SECOND_MS, 5],
    ["numbers of which one is a few ahead", 0, 4, 0, 8],
    ["clocks that differ by ten minutes, the one with the lower numbers behind", 1_000, 0, -10 * MINUTE_MS, 15],
    ["clocks that differ by three hours, the one with the lower numbers ahead", 1_000, 0, 3 * HOUR_MS, 6],
  ])("with %s are reported to both, and logged", async (_how, seq, otherSeq, skewMs, rounds) => {
    const [one, other] = [twin(["a-1", "a-2"], seq), twin(["b-1"], otherSeq, skewMs)];
    await one.starts();
    await other.starts();
    const conflicts = await alternate(one, other, rounds);
    expect(conflicts.map((ids) => ids.toSorted())).toEqual([["b-1"], ["a-1", "a-2"]]);
    expect(detections()[0]).toMatchObject({ instance_id: "op-1" });
  });

  it("that beat more than five minutes apart are reported, too", async () => {
    const [one, other] = [twin(["a-1"], 1_000), twin(["b-1"], 0)];
    await one.starts();
    await other.starts();
    await alternate(one, other, 5, 12 * MINUTE_MS);
    expect(detections().length).toBeGreaterThan(0);
  });

  it("take no more sessions off each other's list once that is known; what they took is live again", async () => {
    const [one, other] = [twin(["a-1"], 1_000), twin(["b-1"], 0)];
    await one.starts();
    await other.starts();
    await alternate(one, other, 6);
    expect(await liveIds()).toEqual(["a-1", "b-1"]);
    await alternate(one, other, 10);
    expect(await liveIds()).toEqual(["a-1", "b-1"]);
  });

  it("are one again when the other falls silent: its sessions end", async () => {
    const [one, other] = [twin(["a-1"], 1_000), twin(["b-1"], 0)];
    await one.starts();
    await other.starts();
    await alternate(one, other, 6);
    for (let minute = 0; minute < 20; minute += 1) {
      wait(MINUTE_MS);
      await one.beats();
    }
    expect(await liveIds()).toEqual(["a-1"]);
    expect((await one.beats()).conflict).toEqual([]);
  });

  it("and list the same are no conflict", async () => {
    const [one, other] = [twin(["a-1"], 1_000), twin(["a-1"], 0)];
    await one.starts();
    expect(await alternate(one, other, 8)).toEqual([[], []]);
    expect(detections()).toEqual([]);
  });
});

describe("one operator is not taken for two", () => {
  it("when its heartbeats arrive late, every second one", async () => {
    const one = twin([], 10);
    const op = operatorAt(server());
    const late: { seq: number; sent_at: string; listed: string[] }[] = [];
    for (let round = 0; round < 12; round += 1) {
      const sent = formatTime(server().clock.now);
      late.push({ seq: 100 + 2 * round, sent_at: sent, listed: [`old-${round}`] });
      wait(30 * SECOND_MS);
      await op.beats([], { seq: 101 + 2 * round });
      const packet = round >= 3 ? late.shift() : undefined;
      if (packet !== undefined) {
        const { listed, ...changes } = packet;
        expect(expectSuccess("heartbeat", await op.beats(listed, changes)).conflict).toEqual([]);
      }
      wait(30 * SECOND_MS);
    }
    expect((await one.beats([])).conflict).toEqual([]);
    expect(detections()).toEqual([]);
  });

  it.each([1, 3, 20])("when it restarts after %i beats and numbers from 1 without registering", async (beats) => {
    const one = twin(["a-1"], 0);
    await one.starts();
    for (let restart = 0; restart < 2; restart += 1) {
      for (let beat = 0; beat < beats; beat += 1) {
        await one.beats(beat % 2 === 0 ? ["a-1"] : []);
        wait(MINUTE_MS);
      }
      one.restarts();
    }
    for (let beat = 0; beat < 10; beat += 1) {
      expect((await one.beats([])).conflict).toEqual([]);
      wait(MINUTE_MS);
    }
    expect(detections()).toEqual([]);
  });
});
