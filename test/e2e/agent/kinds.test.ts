import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatTime } from "../../../shared/contract/time.ts";
import { clusterOn } from "../../support/agent-world/agent.ts";
import { PARENTS, previewsOf, SESSIONS } from "../../support/kube/api-server.ts";
import { clusterSession, multiClusterSession, previewSession } from "../../support/kube/objects.ts";
import { serverPerTest } from "../../support/server.ts";

const server = serverPerTest({ terms: { max_seats: 5 } });

let cluster: Awaited<ReturnType<typeof clusterOn>>;
beforeEach(async () => {
  cluster = await clusterOn(server());
});
afterEach(() => cluster.close());

const PREVIEWS = previewsOf("shop");
const uidOf = (place: number): string => `${String(place).repeat(8)}-0000-4000-8000-000000000000`;
const now = (): string => formatTime(cluster.now());

type Listed = { id: string; session_kind: string; target: string };

describe("the agent, with every kind of session,", () => {
  it("lists each as what it is, counts each once, and is stopped by no odd object", async () => {
    const common = (place: number, name: string) => ({ uid: uidOf(place), name, created: now() });
    const connected = { connectedTimestamp: now() };
    const child = { multiClusterParentName: "mc-00000000000000ff" };
    const { kube } = cluster;
    kube.put(SESSIONS, clusterSession({ ...common(1, "a1"), spec: { target: null }, status: connected }));
    kube.put(SESSIONS, clusterSession({ ...common(2, "a2"), spec: { ciInfo: {} }, status: connected }));
    kube.put(SESSIONS, clusterSession({ ...common(3, "mc-00000000000000ff-east"), spec: child, status: connected }));
    kube.put(PARENTS, multiClusterSession({ ...common(4, "mc-00000000000000ff"), status: connected }));
    const status = { phase: "Ready", startedAt: now(), expiresAt: formatTime(cluster.now() + 3_600_000) };
    kube.put(PREVIEWS, previewSession({ ...common(5, "preview-session-checkout-1"), status }));
    kube.put(SESSIONS, { metadata: { name: "a6", uid: uidOf(6) }, spec: { target: [{ new: "form" }] }, status: "odd" });
    const agent = cluster.start();
    const live = async (): Promise<string[][]> => {
      const { sessions } = (await server().call("GET", "/api/v1/sessions")).json;
      return sessions.map(({ id, session_kind, target }: Listed) => [id, session_kind, target]).sort();
    };
    const expected = [
      ["a1.11111111", "user", "targetless/targetless"],
      ["a2.22222222", "ci", "Deployment/checkout/container/app"],
      ["a6.66666666", "user", 'unknown/[{"new":"form"}]'],
      ["mc-00000000000000ff", "user", "Deployment/checkout/container/app"],
      [`preview.${uidOf(5)}`, "preview", "Deployment/checkout/container/app"],
    ];
    await cluster.until(async () => expect(await live()).toEqual(expected));

    for (const name of ["a1", "a2", "mc-00000000000000ff-east", "a6"]) kube.remove(SESSIONS, name);
    kube.remove(PARENTS, "mc-00000000000000ff");
    kube.remove(PREVIEWS, "preview-session-checkout-1");
    await cluster.until(async () => expect(await live()).toEqual([]));
    const { json } = await server().call("GET", "/api/v1/reports/usage?format=json");
    expect(json.allTimeMetrics).toMatchObject({ totalSessionCount: 3, totalCiSessionCount: 1, totalPreviewCount: 1 });
    const lines = agent.said().filter((line) => line.startsWith("MirrordClusterSession a6: "));
    expect(lines).toHaveLength(5);
    expect(lines[0]).toBe('MirrordClusterSession a6: spec.namespace is missing, reported as "unknown"');
  });
});
