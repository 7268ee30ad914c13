import { describe, expect, it } from "vitest";
import type { SessionStart } from "../../../agent/wire/bodies.ts";
import { composeHeartbeat } from "../../../agent/wire/compose.ts";
import { createOutbox, type EventStore, type Outbox } from "../../../agent/wire/outbox.ts";
import { HEARTBEAT_LIMITS } from "../../../shared/contract/requests.ts";
import type { HeartbeatResponse } from "../../../shared/contract/responses.ts";

const start = (id: string): SessionStart => ({
  session_id: id,
  instance_id: "cluster-1",
  started_at: "2026-11-20T08:00:00.000Z",
  client: { id: "ana", hostname: "laptop", username: "ana", kubernetes_username: "ana" },
  target: { namespace: "default", kind: "deployment", name: "web" },
});
const end = (id: string) => ({ session_id: id, ended_at: "2026-11-20T08:01:00.000Z", start: start(id) });

const answer = (accepted: string[]): HeartbeatResponse =>
  ({ accepted, rejected: [], denied: [] }) as unknown as HeartbeatResponse;

let seq = 0;
const compose = (outbox: Outbox, withoutStarts = false) =>
  composeHeartbeat(
    {
      instance_id: "cluster-1",
      operator_version: "3.187.0",
      seq: ++seq,
      sent_at: "2026-11-20T08:00:00.000Z",
      sessions: [],
    },
    outbox,
    { maxBatch: 500, withoutStarts },
  );

/** A store with room for so many events. */
const storeOf = (room: number) => {
  const stored = new Map<string, string>();
  const store: EventStore = {
    put: (id, { kind }) => {
      if (!stored.has(id) && stored.size >= room) return false;
      stored.set(id, kind);
      return true;
    },
    done: (id) => void stored.delete(id),
  };
  return { store, stored };
};

describe("an outbox", () => {
  it("beyond its bound drops the oldest starts, and no end", () => {
    const dropped: string[] = [];
    const { store, stored } = storeOf(1_000);
    const outbox = createOutbox({ maxEvents: 3, store, onDropped: (_, id) => dropped.push(id) });
    outbox.ended(end("e1"));
    for (const id of ["s1", "s2", "s3"]) outbox.started(start(id));
    for (const id of ["e2", "e3", "e4"]) outbox.ended(end(id));
    expect(dropped).toEqual(["s1", "s2", "s3"]);
    expect([...stored.keys()]).toEqual(["e1", "e2", "e3", "e4"]);
  });

  it("makes room in a full store by dropping starts, and drops an end only if nothing else is there", () => {
    const dropped: string[] = [];
    const { store, stored } = storeOf(3);
    const outbox = createOutbox({ store, onDropped: (kind, id) => dropped.push(`${kind} ${id}`) });
    for (const id of ["s1", "s2", "s3"]) outbox.started(start(id));
    for (const id of ["e1", "e2", "e3"]) outbox.ended(end(id));
    expect(dropped).toEqual(["started s1", "started s2", "started s3"]);
    outbox.ended(end("e4"));
    outbox.started(start("s5"));
    expect(dropped.slice(3)).toEqual(["ended e4", "started s5"]);
    expect([...stored.keys()]).toEqual(["e1", "e2", "e3"]);
  });

  it("removes an acknowledged event from the store, and not the end that replaced it meanwhile", () => {
    const { store, stored } = storeOf(10);
    const outbox = createOutbox({ store });
    outbox.started(start("a"));
    outbox.started(start("b"));
    const { batch } = compose(outbox);
    outbox.ended(end("b"));
    outbox.settle(batch, answer(["a", "b"]));
    expect([...stored]).toEqual([["b", "ended"]]);
    expect(compose(outbox).request.ended).toEqual([end("b")]);
  });

  it("sends ends and lets starts wait where it is asked to", () => {
    const outbox = createOutbox();
    outbox.started(start("a"));
    outbox.ended(end("b"));
    const { request } = compose(outbox, true);
    expect(request.started).toBeUndefined();
    expect(request.ended).toEqual([end("b")]);
    expect(compose(outbox).request.started).toEqual([start("a")]);
  });

  it("keeps a heartbeat with many changed ports within its bytes", () => {
    const outbox = createOutbox();
    const ports = Array.from({ length: 64 }, (_, port) => ({
      port: port + 1,
      kind: "steal",
      filter: "x".repeat(1_024),
    }));
    for (let session = 0; session < 40; session++) outbox.changed(`s-${session}`, ports);
    outbox.started(start("a"));
    let beats = 0;
    for (; outbox.size() > 0 && beats < 50; beats++) {
      const { request, batch } = compose(outbox);
      expect(Buffer.byteLength(JSON.stringify(request))).toBeLessThanOrEqual(HEARTBEAT_LIMITS.bytes);
      outbox.settle(batch, answer(["a"]));
    }
    expect(beats).toBeLessThan(50);
  });
});
