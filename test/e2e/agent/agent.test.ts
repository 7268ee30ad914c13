import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatTime } from "../../../shared/contract/time.ts";
import { clusterOn } from "../../support/agent-world/agent.ts";
import { refusal, SESSIONS } from "../../support/kube/api-server.ts";
import { clusterSession } from "../../support/kube/objects.ts";
import { serverPerTest } from "../../support/server.ts";

const server = serverPerTest({ terms: { max_seats: 1 } });
const LEASES = "/apis/coordination.k8s.io/v1/namespaces/mirrord/leases";

let cluster: Awaited<ReturnType<typeof clusterOn>>;
beforeEach(async () => {
  cluster = await clusterOn(server());
});
afterEach(() => cluster.close());

const put = (name: string, user = "ana") =>
  cluster.kube.put(SESSIONS, {
    ...clusterSession({
      ...{ uid: `${name.slice(0, 8)}-0000-4000-8000-${name.slice(4)}`, name, created: formatTime(cluster.now()) },
      spec: { owner: { userId: user, username: user, hostname: "laptop", k8sUsername: `${user}@example.com` } },
      status: { connectedTimestamp: formatTime(cluster.now()) },
    }),
  });
const idOf = (name: string): string => {
  const uid = cluster.kube.get(SESSIONS, name)?.metadata.uid ?? "";
  return `${name}.${uid.replaceAll("-", "").slice(0, 8)}`;
};
type Listed = { id: string; locked_ports: { port: number }[] };
const live = async (): Promise<Listed[]> => (await server().call("GET", "/api/v1/sessions")).json.sessions;
const ids = async (): Promise<string[]> => (await live()).map(({ id }) => id).sort();

describe("the agent", () => {
  it("reports sessions with their ports and their ends, and serves probes and metrics", async () => {
    put("aaaaaaaaaaaaaaaa");
    const agent = cluster.start();
    await cluster.until(async () => expect(await ids()).toHaveLength(1));
    cluster.kube.operator.sessions.push({ id: "AAAAAAAAAAAAAAAA", locked_ports: [{ port: 8080, kind: "steal" }] });
    await cluster.until(async () => expect((await live())[0]?.locked_ports).toMatchObject([{ port: 8080 }]));
    const { operators } = (await server().call("GET", "/api/v1/operators")).json;
    expect(operators).toMatchObject([{ version: "3.196.0", cluster: "east", live_sessions: 1 }]);
    expect(await agent.get("/healthz")).toEqual({ status: 200, text: "ok\n" });
    expect((await agent.get("/readyz")).status).toBe(200);
    expect((await agent.get("/nothing")).status).toBe(404);
    const { text } = await agent.get("/metrics");
    expect(text).toMatch(/^mirrord_license_agent_objects\{kind="MirrordClusterSession"\} 1$/m);
    expect(text).toMatch(/^mirrord_license_agent_lease_held 1$/m);
    expect(text).toMatch(/^mirrord_license_agent_last_success_timestamp_seconds\{side="license_server"\} 17\d{8}$/m);
    cluster.kube.setStatus(SESSIONS, "aaaaaaaaaaaaaaaa", { closed: { reason: "Unused" } });
    await cluster.until(async () => expect(await ids()).toEqual([]));
    expect(agent.lines.filter(({ level }) => level === "ERROR")).toEqual([]);
    expect(await agent.stop()).toEqual({ kind: "stopped" });
  });

  it("delivers after a restart what happened while the license server was away", async () => {
    const first = cluster.start();
    await cluster.until(async () => expect((await first.get("/readyz")).status).toBe(200));
    first.mood.is = "away";
    put("aaaaaaaaaaaaaaaa");
    const id = idOf("aaaaaaaaaaaaaaaa");
    await cluster.until(async () =>
      expect((await first.get("/metrics")).text).toMatch(/^mirrord_license_agent_events_waiting [1-9]/m),
    );
    cluster.kube.remove(SESSIONS, "aaaaaaaaaaaaaaaa");
    await cluster.until(async () =>
      expect((await first.get("/metrics")).text).toMatch(/^mirrord_license_agent_sessions_live 0$/m),
    );
    await first.stop();
    expect(first.said()).toContain("Events wait for the next start of the agent");
    cluster.start();
    await cluster.until(async () => {
      const { json } = await server().call("GET", "/api/v1/reports/usage?format=json");
      expect(json.allTimeMetrics.totalSessionCount).toBe(1);
    });
    expect(await ids()).not.toContain(id);
  });

  it("stops what an administrator stops, and reports what became of it", async () => {
    put("aaaaaaaaaaaaaaaa");
    const agent = cluster.start();
    await cluster.until(async () => expect(await ids()).toHaveLength(1));
    cluster.kube.setRule(({ method, path }) => {
      if (method !== "DELETE") return undefined;
      expect(path).toBe(`/apis/operator.metalbear.co/v1/sessions/${0xaaaaaaaaaaaaaaaan}`);
      cluster.kube.remove(SESSIONS, "aaaaaaaaaaaaaaaa");
      return { status: 200, body: { kind: "Status", status: "Success" } };
    });
    const bearer = await server().accessToken(["sessions:delete"]);
    await server().call("DELETE", `/api/v1/sessions/${(await ids())[0]}`, { bearer });
    await cluster.until(async () => expect(await ids()).toEqual([]));
    expect(agent.said()).toContain("Asked the operator to stop a session");
  });

  it("with ENFORCE_SEATS leaves exactly the licensed users, each stopped one after an Event, with that reason", async () => {
    put("aaaaaaaaaaaaaaaa", "ana");
    const agent = cluster.start({ enforceSeats: true });
    await cluster.until(async () => expect(await ids()).toHaveLength(1));
    const stopped: string[] = [];
    cluster.kube.setRule(({ method, path }) => {
      if (method !== "DELETE") return undefined;
      const name = BigInt(path.split("/").at(-1) ?? "").toString(16);
      const events = cluster.kube.calls.filter((call) => call.method === "POST" && call.path.endsWith("/events"));
      stopped.push(`${name} after ${events.length} Events`);
      cluster.kube.remove(SESSIONS, name);
      return { status: 200, body: {} };
    });
    put("bbbbbbbbbbbbbbbb", "ben");
    await cluster.until(() => expect(stopped).toHaveLength(1));
    put("cccccccccccccccc", "ben");
    await cluster.until(() => expect(stopped).toHaveLength(2));
    expect(stopped).toEqual(["bbbbbbbbbbbbbbbb after 1 Events", "cccccccccccccccc after 1 Events"]);
    await cluster.until(() =>
      expect(agent.calls.flatMap(({ body }) => (body["ended"] ?? []) as { reason: string }[])).toMatchObject([
        { reason: "MaxSeatCountReached" },
        { reason: "MaxSeatCountReached" },
      ]),
    );
    await cluster.until(async () => expect(await ids()).toEqual([idOf("aaaaaaaaaaaaaaaa")]));
  });

  it("without ENFORCE_SEATS lets a denied session continue", async () => {
    put("aaaaaaaaaaaaaaaa", "ana");
    put("bbbbbbbbbbbbbbbb", "ben");
    const agent = cluster.start();
    await cluster.until(async () => expect(await ids()).toHaveLength(2));
    await cluster.until(() => expect(agent.said()).toContain("No seat for a session"));
    expect(cluster.kube.calls.filter(({ method }) => method === "DELETE")).toEqual([]);
  });
});

describe("with an access token of its own", () => {
  it("the agent registers, reports, and keeps the license in its Secret", async () => {
    const SECRETS = "/api/v1/namespaces/mirrord/secrets";
    cluster.kube.put(SECRETS, { metadata: { name: "license", labels: { "mirrord-license-agent/license": "true" } } });
    const instance = "cluster-6f9e2c14-0b1d-4c55-9a0e-7d3f5b8a1c20";
    const made = await server().askForToken({
      subject: "east",
      scopes: ["agent"],
      instance_id: instance,
      expires_in_secs: 366 * 86_400,
    });
    if (!made.ok) throw new Error(JSON.stringify(made));
    const tokenFile = join(cluster.dataDir, "token");
    writeFileSync(tokenFile, `${made.token}\n`);
    const stored = (): string => {
      const data = cluster.kube.get(SECRETS, "license")?.["data"] as Record<string, string> | undefined;
      return Buffer.from(data?.["license.pem"] ?? "", "base64").toString("utf8");
    };
    const license = await server().setLicense({ max_seats: 1 });
    const agent = cluster.start({ credential: { tokenFile }, licenseSecretName: "license" });
    await cluster.until(() => expect(stored()).toBe(license));
    put("aaaaaaaaaaaaaaaa");
    await cluster.until(async () => expect(await ids()).toHaveLength(1));
    expect(agent.calls.every(({ headers }) => headers["authorization"]?.startsWith("Bearer ey"))).toBe(true);
    expect(JSON.stringify(agent.lines)).not.toContain(made.token);
    expect(agent.lines.filter(({ level }) => level === "ERROR")).toEqual([]);
  });
});

describe("a second agent", () => {
  it("in a pod waits for the Lease, and takes it when the first one stops", async () => {
    const first = cluster.start();
    await cluster.until(() => expect(cluster.kube.get(LEASES, "mirrord-license-agent")).toBeDefined());
    const second = cluster.start();
    await cluster.until(() => expect(second.said()).toContain("Waiting for the Lease of the cluster"));
    expect(second.calls).toEqual([]);
    await first.stop();
    await cluster.until(() => expect(second.calls.length).toBeGreaterThan(1));
  });

  it("outside a pod stops with one line", async () => {
    cluster.start();
    await cluster.until(() => expect(cluster.kube.get(LEASES, "mirrord-license-agent")).toBeDefined());
    const laptop = cluster.start({ inPod: false });
    expect(await laptop.running).toEqual({
      kind: "refused",
      detail: expect.stringMatching(
        /^Another agent runs for this cluster: pod-0_pod-0-1 holds the Lease\. Stop one of the two\.$/,
      ),
    });
  });

  it("that took the Lease makes this one stop", async () => {
    const agent = cluster.start();
    await cluster.until(() => expect(agent.calls.length).toBeGreaterThan(0));
    const lease = cluster.kube.get(LEASES, "mirrord-license-agent");
    cluster.kube.put(LEASES, {
      ...lease,
      metadata: { ...lease?.metadata },
      spec: { ...(lease?.["spec"] as object), holderIdentity: "another" },
    });
    expect(await agent.running).toEqual({
      kind: "replaced",
      detail: "Another agent took the Lease of this cluster: another.",
    });
  });
});

describe("a Lease that cannot be held", () => {
  it("is one error in a pod, which reports all the same, and an end outside a pod", async () => {
    cluster.kube.setRule(({ path }) => (path.includes("/leases") ? refusal(403, "Forbidden", "no leases") : undefined));
    put("aaaaaaaaaaaaaaaa");
    const pod = cluster.start();
    await cluster.until(async () => expect(await ids()).toHaveLength(1));
    expect(pod.lines.filter(({ level }) => level === "ERROR")).toHaveLength(1);
    expect(await cluster.start({ inPod: false }).running).toEqual({
      kind: "refused",
      detail: expect.stringMatching(/^The Lease mirrord-license-agent cannot be taken: 403 Forbidden no leases\./),
    });
  });
});

describe("a cluster that answers badly", () => {
  it("outside a pod is one line and an end, in a pod one error and another attempt", async () => {
    cluster.kube.setRule(() => ({
      status: 401,
      body: { kind: "Status", reason: "Unauthorized", message: "Unauthorized" },
    }));
    const laptop = cluster.start({ inPod: false });
    expect(await laptop.running).toEqual({
      kind: "refused",
      detail: `The id of the cluster cannot be read at ${cluster.kube.url}: 401 Unauthorized Unauthorized. Check the kubeconfig, or set CLUSTER_ID.`,
    });
    const pod = cluster.start();
    await cluster.until(() => expect(pod.said()).toHaveLength(1));
    cluster.kube.setRule(undefined);
    await cluster.until(() => expect(pod.calls.length).toBeGreaterThan(0));
    expect(pod.lines.filter(({ level }) => level === "ERROR")).toHaveLength(1);
  });
});
