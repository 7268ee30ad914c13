import { randomUUID } from "node:crypto";
import type { SessionEnded, SessionStart } from "../../agent/wire/bodies.ts";
import { HEARTBEAT_LIMITS } from "../../shared/contract/requests.ts";
import type { HeartbeatResponse } from "../../shared/contract/responses.ts";
import { heartbeatBody, sessionBody } from "./bodies.ts";
import type { HttpClient } from "./http-client.ts";

/** An operator that beats: one call at a time. */
export type Beating = {
  readonly instance: string;
  /** The ids of its live sessions. */
  sessions(): readonly string[];
  /** Beats, with events if there are any. Throws where the server does not take all of it. */
  beat(events?: Events): Promise<void>;
};

type Events = { started?: readonly SessionStart[]; ended?: readonly SessionEnded[] };

/** With how many live sessions of an operator its heartbeats are measured: the last is the most that one may list. */
export const FLEET_SIZES = [1, 100, HEARTBEAT_LIMITS.sessions] as const;

/** A slow machine leaves some of a heartbeat's events; more heartbeats than this would mean that it takes none. */
const MAX_HEARTBEATS = 1_000;

/** Brings up an operator with so many live sessions, which take no seats. */
export const startOperator = async (
  { call }: Pick<HttpClient, "call">,
  instance: string,
  live: number,
): Promise<Beating> => {
  const { tell, sessions } = createTeller(call, instance);
  let waiting = Array.from({ length: live }, () =>
    sessionBody({ id: randomUUID(), instance, user: "pipeline", ci: true }, Date.now()),
  );
  for (let beats = 0; waiting.length > 0; beats += 1) {
    if (beats === MAX_HEARTBEATS) throw new Error(`${instance} still has ${waiting.length} sessions to tell`);
    const accepted = await tell({ started: waiting.slice(0, HEARTBEAT_LIMITS.started) });
    waiting = waiting.filter(({ session_id: id }) => !accepted.has(id));
  }
  return {
    instance,
    sessions,
    async beat(events = {}) {
      const accepted = await tell(events);
      for (const id of [...idsOf(events.started ?? []), ...idsOf(events.ended ?? [])])
        if (!accepted.has(id)) throw new Error(`the server did not accept ${id} of ${instance}`);
    },
  };
};

/** Sends heartbeats, and answers which of their events have been accepted. */
const createTeller = (call: HttpClient["call"], instance: string) => {
  let sessions: readonly string[] = [];
  let listed = "[]";
  let seq = 0;
  const list = (ids: readonly string[]) => {
    sessions = ids;
    // Made into text once for all heartbeats with the same list: the sender is not measured.
    listed = JSON.stringify(ids);
  };
  const tell = async ({ started = [], ended = [] }: Events): Promise<ReadonlySet<string>> => {
    seq += 1;
    const before = sessions;
    const [come, gone] = [idsOf(started), new Set(idsOf(ended))];
    if (come.length + gone.size > 0) list([...before, ...come].filter((id) => !gone.has(id)));
    const events = { started: [...started], ended: [...ended] };
    const head = JSON.stringify(heartbeatBody({ instance, seq, sessions: [] }, Date.now(), events));
    const text = head.replace('"sessions":[]', () => `"sessions":${listed}`);
    const { status, body } = await call<HeartbeatResponse>("POST", "/api/v1/heartbeat", text);
    if (status !== 200) throw new Error(`a heartbeat of ${instance} was answered ${status}`);
    const accepted = new Set(body.accepted);
    const refused = body.rejected.length + body.denied.length;
    const lost = body.unknown.filter((id) => !come.includes(id) || accepted.has(id));
    if (body.lease === null || refused + lost.length > 0)
      throw new Error(`a heartbeat of ${instance} was not taken as it stood`);
    // What was left for later is no other than before.
    if (accepted.size < come.length + gone.size)
      list([...before, ...come.filter((id) => accepted.has(id))].filter((id) => !(gone.has(id) && accepted.has(id))));
    return accepted;
  };
  return { tell, sessions: () => sessions };
};

const idsOf = (events: readonly { session_id: string }[]): string[] => events.map(({ session_id: id }) => id);
