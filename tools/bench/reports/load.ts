import { setTimeout as delay } from "node:timers/promises";
import type { SessionEnded } from "../../../agent/wire/bodies.ts";
import { HEARTBEAT_LIMITS } from "../../../shared/contract/requests.ts";
import type { HeartbeatResponse } from "../../../shared/contract/responses.ts";
import { formatTime, SECOND_MS } from "../../../shared/contract/time.ts";
import type { Stack } from "../stack.ts";
import { instanceOf, type PastSession, TEAM } from "./history.ts";

/**
 * Brings sessions in as operators do that tell late: in heartbeats with as many ended sessions as one may carry, all
 * operators at once, until each session is accepted.
 */
export const loadByHeartbeats = async (stack: Stack, sessions: Iterable<PastSession>): Promise<void> => {
  const waiting = Array.from({ length: TEAM.operators }, (): SessionEnded[] => []);
  const senders = waiting.map((_, operator) => createSender(stack, operator));
  const under: Promise<void>[] = waiting.map(() => Promise.resolve());
  const send = (operator: number) => {
    const events = waiting[operator]?.splice(0) ?? [];
    const sender = senders[operator];
    if (sender !== undefined) under[operator] = (under[operator] ?? Promise.resolve()).then(() => sender(events));
  };
  for (const { operator, event } of sessions) {
    const full = waiting[operator];
    if (full === undefined) throw new RangeError(`no operator ${operator}`);
    full.push(event);
    if (full.length < HEARTBEAT_LIMITS.ended) continue;
    // Never more than one heartbeat of an operator is under way, and one made up.
    await under[operator];
    send(operator);
  }
  for (const operator of waiting.keys()) send(operator);
  await Promise.all(under);
};

const createSender = (stack: Stack, operator: number): ((events: readonly SessionEnded[]) => Promise<void>) => {
  let seq = 0;
  return async (events) => {
    let open = events;
    while (open.length > 0) {
      seq += 1;
      const { status, body } = await stack.call<HeartbeatResponse>("POST", "/api/v1/heartbeat", {
        instance_id: instanceOf(operator),
        operator_version: "3.187.0",
        seq,
        sent_at: formatTime(Date.now()),
        sessions: [],
        ended: open,
      });
      if (status !== 200) {
        await delay(SECOND_MS);
        continue;
      }
      if (body.rejected.length > 0) throw new Error(`not accepted: ${JSON.stringify(body.rejected[0])}`);
      const accepted = new Set(body.accepted);
      open = open.filter(({ session_id: id }) => !accepted.has(id));
    }
  };
};
