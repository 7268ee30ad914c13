import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEnforcer, type Enforcer } from "../../../agent/enforce/enforcer.ts";
import { createLog } from "../../../agent/log.ts";
import type { Start } from "../../../agent/sessions/types.ts";
import { createTroubles, type Troubles } from "../../../agent/troubles.ts";
import { WAITS } from "../../../agent/waits.ts";
import { formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { type ApiServer, refusal, startApiServer } from "../../support/kube/api-server.ts";
import { kubeOf } from "../../support/kube/watching.ts";
import { START } from "../../support/license.ts";

let kube: ApiServer;
let now: number;
let starts: Map<string, Start>;
let troubles: Troubles;
beforeEach(async () => {
  kube = await startApiServer({ installed: [] });
  now = START;
  starts = new Map();
});
afterEach(() => kube.close());

const log = createLog(
  "error",
  () => {},
  () => now,
);
const enforcerOf = (enforces = true, restored?: unknown): Enforcer => {
  troubles = createTroubles(log, () => {});
  return createEnforcer({
    ...{
      enforces,
      kube: kubeOf(kube.url),
      sessions: { start: (id) => starts.get(id) },
      reporter: "pod-1",
      now: () => now,
    },
    ...{ waits: WAITS, log, troubles, restored },
  });
};
const start = (id: string, user = "ana", changes: Partial<Start> = {}): string => {
  starts.set(id, {
    ...{ session_id: id, instance_id: "cluster-1", started_at: formatTime(now), session_kind: "user", ci: false },
    client: { id: user, hostname: "laptop", username: user, kubernetes_username: `${user}@example.com` },
    target: { namespace: "shop", kind: "Deployment", name: "web" },
    ...changes,
  });
  return id;
};
const events = () => kube.calls.filter(({ path }) => path.endsWith("/events"));

describe("the stops of sessions without a seat", () => {
  it("come after one Event for each user, namespace and hour", async () => {
    const enforcer = enforcerOf();
    const ids = [
      start("a.1"),
      start("b.2"),
      start("c.3", "ben"),
      start("d.4", "ana", { target: { namespace: "pay", kind: "targetless", name: "targetless" } }),
    ];
    for (const id of ids) enforcer.denied(id, "MaxSeatCountReached");
    expect(await enforcer.allow(ids)).toEqual(ids);
    expect(
      events().map(({ path, body }) => [path, (body as { involvedObject: { kind: string } }).involvedObject.kind]),
    ).toEqual([
      ["/api/v1/namespaces/shop/events", "Deployment"],
      ["/api/v1/namespaces/shop/events", "Deployment"],
      ["/api/v1/namespaces/pay/events", "Namespace"],
    ]);
    expect(events()[0]?.body).toMatchObject({
      ...{ type: "Warning", reason: "NoSeat", involvedObject: { name: "web", namespace: "shop" } },
      message: expect.stringMatching(/^mirrord session A of ana@example\.com is stopped: all seats/),
    });
    now += HOUR_MS;
    enforcer.denied(start("e.5"), "MaxSeatCountReached");
    expect(await enforcer.allow(["e.5"])).toEqual(["e.5"]);
    expect(events()).toHaveLength(4);
    expect(ids.every(enforcer.isEnforced)).toBe(true);
  });

  it("are at most 20 in a minute, and the others follow", async () => {
    const enforcer = enforcerOf();
    const ids = Array.from({ length: 45 }, (_, index) => start(`s-${index}`, `user-${index}`));
    for (const id of ids) enforcer.denied(id, "MaxSeatCountReached");
    const sizes = [(await enforcer.allow(ids)).length];
    now += MINUTE_MS - 1;
    sizes.push((await enforcer.allow(ids)).length);
    now += 1;
    sizes.push((await enforcer.allow(ids)).length);
    now += MINUTE_MS;
    sizes.push((await enforcer.allow(ids)).length);
    expect(sizes).toEqual([20, 20, 40, 45]);
  });

  it("are no stops of machine sessions and of other denials, which an administrator asked for", async () => {
    const enforcer = enforcerOf();
    const ids = [start("ci", "ana", { session_kind: "ci", ci: true }), start("other")];
    enforcer.denied("other", "LicenseExpired");
    enforcer.denied("ci", "MaxSeatCountReached");
    expect(await enforcer.allow(ids)).toEqual(["ci", "other"]);
    expect(ids.some(enforcer.isEnforced)).toBe(false);
    expect(events()).toEqual([]);
  });

  it("wait where the Event cannot be written, which is one trouble", async () => {
    const enforcer = enforcerOf();
    enforcer.denied(start("a.1"), "MaxSeatCountReached");
    kube.setRule(() => refusal(403, "Forbidden"));
    expect(await enforcer.allow(["a.1", "killed.2"])).toEqual(["killed.2"]);
    expect(troubles.current().get("events")).toMatch(/403 Forbidden/);
    kube.setRule(undefined);
    expect(await enforcer.allow(["a.1"])).toEqual(["a.1"]);
    expect(troubles.current().size).toBe(0);
  });

  it("stay valid over a restart", async () => {
    const first = enforcerOf();
    first.denied(start("a.1"), "MaxSeatCountReached");
    const second = enforcerOf(true, JSON.parse(JSON.stringify(first.state())));
    now += HOUR_MS;
    expect(await second.allow(["a.1"])).toEqual(["a.1"]);
    expect(events()).toHaveLength(1);
    for (const damaged of [undefined, null, 1, [1, null, {}], { id: 1 }])
      expect(enforcerOf(true, damaged).state()).toEqual([]);
  });

  it("do not exist without ENFORCE_SEATS, and never delay what an administrator stops", async () => {
    const enforcer = enforcerOf(false);
    enforcer.denied(start("a.1"), "MaxSeatCountReached");
    expect(await enforcer.allow(["a.1", "b.2"])).toEqual(["a.1", "b.2"]);
    expect(events()).toEqual([]);
    expect(enforcer.isEnforced("a.1")).toBe(false);
  });
});
