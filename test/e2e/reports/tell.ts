import { expect } from "vitest";
import { formatTime } from "../../../shared/contract/time.ts";
import type { App } from "../../support/app.ts";
import { heartbeatBody, type Json, startBody } from "../../support/wire.ts";
import type { Event, Session, Told } from "./events.ts";

/** Sends a history through the API, each event at its time; leaves the server's clock at the last. */
export const tell = async (app: App, events: readonly Event[]): Promise<void> => {
  const seqs = new Map<string, number>();
  for (const event of events) {
    app.clock.now = event.at;
    if (event.do === "reap" || event.do === "close") {
      await app.invoke(event.do === "reap" ? "reaper" : "dayClose");
      continue;
    }
    const seq = (seqs.get(event.session.id) ?? 0) + 1;
    seqs.set(event.session.id, seq);
    await (event.do !== "beat" && event.by === "call" ? call(app, event) : beat(app, event, seq));
  }
};

const call = async (app: App, event: Told): Promise<void> => {
  const { session, at } = event;
  const start = startOf(session, at);
  const { status, text } =
    event.do === "end"
      ? await app.call("POST", `/api/v1/sessions/${session.id}/end`, { body: endOf(event) })
      : await app.call("POST", "/api/v1/sessions", { body: start });
  // A start that comes after the end is told so.
  expect(event.do === "start" ? [200, 201, 409] : [200], text).toContain(status);
};

const beat = async (app: App, event: Told, seq: number): Promise<void> => {
  const { session, at } = event;
  const { status, json, text } = await app.call("POST", "/api/v1/heartbeat", {
    body: heartbeatBody(at, {
      instance_id: instanceOf(session),
      seq,
      sent_at: formatTime(at + session.skewMs),
      sessions: event.do === "end" ? [] : [session.id],
      ...(event.do === "start" ? { started: [startOf(session, at)] } : {}),
      ...(event.do === "end" ? { ended: [{ session_id: session.id, ...endOf(event) }] } : {}),
    }),
  });
  expect(status, text).toBe(200);
  expect(json.rejected, text).toEqual([]);
  if (event.do !== "beat") expect(json.accepted, text).toEqual([session.id]);
};

const instanceOf = (session: Session): string => `op-of-${session.id}`;

const startOf = (session: Session, at: number): Json => {
  const { person, target } = session;
  return startBody(session.startedAt + session.skewMs, {
    session_id: session.id,
    instance_id: instanceOf(session),
    sent_at: formatTime(at + session.skewMs),
    ci: session.ci,
    client: {
      id: person.machineId,
      hostname: person.clientHostname,
      username: person.clientUsername,
      kubernetes_username: person.kubernetesUsername,
    },
    target,
  });
};

const endOf = (event: Extract<Event, { do: "end" }>): Json => {
  const { session, at, withStart } = event;
  return {
    ended_at: formatTime(session.endedAt + session.skewMs),
    sent_at: formatTime(at + session.skewMs),
    ...(withStart ? { start: startOf(session, at) } : {}),
  };
};
