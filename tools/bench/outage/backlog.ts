import type { SessionEnded } from "../../../agent/wire/bodies.ts";
import { DAY_MS, type EpochMs, formatTime, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";

/** How much there is to catch up on, and how many operators come with it at once. */
export type OutageSize = { operators: number; sessionsEach: number; atOnce: number };

/** What the sessions of one person add up to. */
export type Truth = Map<string, { sessions: number; seconds: number }>;

const PEOPLE = 500;
const PEOPLE_EACH = 10;
const TARGETS = 4;
const OUTAGE_MS = DAY_MS / 4;

/**
 * What one operator has kept while the server was away: ended sessions, with their starts. Each operator sees ten people
 * at four targets; everybody works through several operators, so these meet at the same rollup rows.
 */
export const backlogOf = (operator: number, sessionsEach: number, now: EpochMs): SessionEnded[] =>
  Array.from({ length: sessionsEach }, (_, number) => {
    const endedAt = now - MINUTE_MS - Math.floor((OUTAGE_MS * number) / sessionsEach);
    const person = (operator * PEOPLE_EACH + (number % PEOPLE_EACH)) % PEOPLE;
    const target = Math.floor(number / PEOPLE_EACH) % TARGETS;
    const sessionId = `outage-${operator}-${number}`;
    return {
      session_id: sessionId,
      ended_at: formatTime(endedAt),
      reason: "client disconnected",
      start: {
        session_id: sessionId,
        instance_id: instanceOf(operator),
        started_at: formatTime(endedAt - secondsOf(number) * SECOND_MS),
        key: `feature-${number % 7}`,
        client: {
          id: machineOf(person),
          hostname: `laptop-${person}`,
          username: `user-${person}`,
          name: `Person ${person}`,
          kubernetes_username: `person-${person}@example.com`,
          cli_version: "3.172.0",
        },
        target: { namespace: "shop", kind: "deployment", name: `service-${target}`, container: "main" },
      },
    };
  });

/** What the report has to say in the end, by machine. */
export const truthOf = ({ operators, sessionsEach }: OutageSize): Truth => {
  const truth: Truth = new Map();
  for (let operator = 0; operator < operators; operator += 1)
    for (let number = 0; number < sessionsEach; number += 1) {
      const machine = machineOf((operator * PEOPLE_EACH + (number % PEOPLE_EACH)) % PEOPLE);
      const { sessions, seconds } = truth.get(machine) ?? { sessions: 0, seconds: 0 };
      truth.set(machine, { sessions: sessions + 1, seconds: seconds + secondsOf(number) });
    }
  return truth;
};

export const instanceOf = (operator: number): string => `outage-op-${operator}`;

const machineOf = (person: number): string => `SHA256:machine-${person}`;

const secondsOf = (number: number): number => 30 + ((number * 37) % 1_800);
