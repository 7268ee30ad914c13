import { describe, expect, it } from "vitest";
import { formatTime, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { loopOn } from "../../support/agent-world/loop.ts";
import type { ObjectFields } from "../../support/kube/objects.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedSession } from "../../support/table-truth.ts";

const server = serverPerTest({ terms: { max_seats: 3 } });

const PARENT = "mc-00000000deadbeef";
const CHILD = `${PARENT}-east`;
const CHILD_ID = `${CHILD}.cccc0000`;
const now = (): string => formatTime(server().clock.now);

const parentFields = (uid: string): Partial<ObjectFields> => ({ uid, name: PARENT });
const child = (agent: ReturnType<typeof loopOn>, status: Record<string, unknown> = {}) =>
  agent.session("cccc0000-1", { name: CHILD, spec: { multiClusterParentName: PARENT }, status });

describe("a multi-cluster session, reported by an agent,", () => {
  it("is one session, and its child none, also at a server of the release before", async () => {
    for (const mood of ["well", "before"] as const) {
      const agent = loopOn(server());
      agent.mood.is = mood;
      agent.list({ MirrordMultiClusterSession: [agent.parent("aaaa", parentFields("aaaa0000-1"))] });
      agent.see("MirrordClusterSession", child(agent));
      await agent.pass(10 * SECOND_MS);
      agent.see("MirrordClusterSession", child(agent, { connectedTimestamp: now(), closed: { reason: "Unused" } }));
      await agent.pass(MINUTE_MS);
      expect(await storedSession(server(), PARENT)).toMatchObject({ state: "live" });
      expect(await storedSession(server(), CHILD_ID)).toBeUndefined();
      expect(agent.outbox.size()).toBe(0);
      const ended = agent.beats().flatMap(({ body }) => (body["ended"] ?? []) as { session_id: string }[]);
      expect(ended.map(({ session_id }) => session_id)).toEqual(mood === "before" ? [] : [CHILD_ID]);
    }
  });

  it("whose name was there before is a second session, though the agent has lost its state", async () => {
    const first = loopOn(server());
    const old = first.parent("aaaa", parentFields("aaaa0000-1"));
    first.list({ MirrordMultiClusterSession: [old] });
    first.see("MirrordClusterSession", child(first));
    await first.pass(10 * SECOND_MS);
    first.observe({ type: "deleted", kind: "MirrordMultiClusterSession", object: old });
    await first.pass(10 * SECOND_MS);
    expect(await storedSession(server(), PARENT)).toMatchObject({ state: "ended" });

    const second = loopOn(server(), { identity: { processId: "process-2" } });
    second.list({ MirrordMultiClusterSession: [second.parent("bbbb", parentFields("bbbb0000-1"))] });
    second.see("MirrordClusterSession", child(second));
    await second.pass(20 * SECOND_MS);
    expect(await storedSession(server(), `${PARENT}:bbbb0000`)).toMatchObject({ state: "live" });
    expect(second.beats().at(-1)?.body).toMatchObject({
      sessions: [`${PARENT}:bbbb0000`],
      children: [{ session_id: CHILD_ID, parent_id: `${PARENT}:bbbb0000` }],
    });
  });
});
