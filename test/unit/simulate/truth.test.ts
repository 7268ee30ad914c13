import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { UserStart } from "../../../agent/wire/bodies.ts";
import { formatTime } from "../../../shared/contract/time.ts";
import { createTruth } from "../../../tools/simulate/truth.ts";
import { FRIDAY_NOON } from "./fake-server.ts";

const start = (machine: string, target: string, startedAt: number, ci = false): UserStart => ({
  session_id: "s",
  instance_id: "o",
  started_at: formatTime(startedAt),
  ci,
  client: { id: machine, hostname: machine, username: machine, kubernetes_username: machine },
  target: { namespace: "shop", kind: "deployment", name: target },
});

describe("the truth", () => {
  it("counts whole seconds of each session, not of their sum", () => {
    const truth = createTruth();
    for (let i = 0; i < 3; i++) truth.add(start("m", "api", FRIDAY_NOON), FRIDAY_NOON + 1_999);
    expect(truth.read().totals).toEqual({ sessions: 3, seconds: 3, ciSessions: 0, ciSeconds: 0 });
  });

  it("keeps CI apart from people", () => {
    const truth = createTruth();
    truth.add(start("m", "api", FRIDAY_NOON), FRIDAY_NOON + 2_000);
    truth.add(start("m", "api", FRIDAY_NOON, true), FRIDAY_NOON + 7_000);
    const { users, ci, targets, totals } = truth.read();
    expect([users, ci, targets].map(([row]) => row?.seconds)).toEqual([2, 7, 2]);
    expect(totals).toEqual({ sessions: 1, seconds: 2, ciSessions: 1, ciSeconds: 7 });
  });

  it("adds up to the same in every view, whatever the order", () => {
    const session = fc.record({
      machine: fc.constantFrom("a", "b", "c"),
      target: fc.constantFrom("api", "worker"),
      offset: fc.integer({ min: 0, max: 10_000_000 }),
      length: fc.integer({ min: 0, max: 10_000_000 }),
    });
    fc.assert(
      fc.property(fc.array(session), (list) => {
        const read = (sessions: typeof list) => {
          const truth = createTruth();
          for (const { machine, target, offset, length } of sessions) {
            truth.add(start(machine, target, FRIDAY_NOON + offset), FRIDAY_NOON + offset + length);
          }
          return truth.read();
        };
        const { users, targets, totals } = read(list);
        const seconds = list.reduce((sum, { length }) => sum + Math.floor(length / 1_000), 0);
        const total = (rows: { seconds: number }[]): number => rows.reduce((sum, row) => sum + row.seconds, 0);
        expect([totals.seconds, total(users), total(targets)]).toEqual([seconds, seconds, seconds]);
        for (const user of users) {
          const own = list.filter(({ machine }) => machine === user.machineId);
          expect(user.sessions).toBe(own.length);
          expect(user.firstStart).toBe(FRIDAY_NOON + Math.min(...own.map(({ offset }) => offset)));
          expect(user.lastEnd).toBe(FRIDAY_NOON + Math.max(...own.map(({ offset, length }) => offset + length)));
        }
        for (const target of targets) {
          const own = list.filter(({ target: name }) => name === target.name);
          expect(target.uniqueUsers).toBe(new Set(own.map(({ machine }) => machine)).size);
        }
        expect(read([...list].reverse()).totals).toEqual(totals);
      }),
    );
  });
});
