import { afterEach, describe, expect, it } from "vitest";
import { DAY_MS, type EpochMs, formatTime, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { APP_VERSION } from "../../../tools/agent/chart.ts";
import { manifestOf } from "../../../tools/agent/manifest.ts";
import type { SomeValues } from "../../../tools/agent/values.ts";
import { licenseFinding } from "../../../tools/cli/agent/operator-license.ts";
import { EXIT } from "../../../tools/cli/exit.ts";
import { LEAST } from "../../../tools/verify/chart/value-sets.ts";
import { valid } from "../agent-chart/valid.ts";
import { fakeCluster, type KubeAnswer, type KubeCall } from "./fake-cluster.ts";
import { fakeRun, NOW } from "./fake-run.ts";

const UID = "0f6f1c52-0b2a-4a5e-9d0e-3c1a5f6b7c8d";
const RECOMMENDED = { license: { secretName: "mirrord-license" } };

const jwt = (claims: object) => `eyJ0.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;
const token = (until: EpochMs, instance = `cluster-${UID}`) => jwt({ exp: until / SECOND_MS, instance_id: instance });

/** An operator's Deployment as its chart makes it with `license.pemRef`. */
const operator = (env: Record<string, string>, secret = "mirrord-license") => ({
  spec: {
    template: {
      spec: {
        containers: [
          {
            env: Object.entries(env).map(([name, value]) => ({ name, value })),
            volumeMounts: [{ name: "license-volume", mountPath: "/license" }],
          },
        ],
        volumes: [{ name: "license-volume", secret: { secretName: secret } }],
      },
    },
  },
});
const PEM_REF = { OPERATOR_LICENSE_PATH: "/license/license.pem", OPERATOR_LICENSE_ALLOW_SEAT_OVERAGES: "true" };

type World = {
  values?: SomeValues;
  /** What the cluster answers in place of what is well. */
  kube?: Record<string, object | string | null>;
  token?: string;
  denied?: string[];
  serverTime?: EpochMs;
  licenseStatus?: number;
  entries?: object[];
};

const entry = { instance_id: `cluster-${UID}`, kind: "agent", cluster: "staging", state: "active" };
const alive = {
  ...entry,
  last_heartbeat: formatTime(NOW - 4 * SECOND_MS),
  agent: { version: "0.3.0", enforces: false, kills_previews: false, observed_at: formatTime(NOW - 3 * SECOND_MS) },
};

const deploymentOf = (values: SomeValues) => ({
  ...manifestOf(valid(LEAST, values), "mirrord").find(({ kind }) => kind === "Deployment"),
  status: { readyReplicas: 1 },
});

const clusterAnswer = (world: World): KubeAnswer => {
  const resources = (name: string) => ({ kind: "APIResourceList", resources: [{ name }] });
  const well: Record<string, object | string | null> = {
    "/api/v1/namespaces/default": { metadata: { uid: UID } },
    "/apis/mirrord.metalbear.co/v1alpha": resources("mirrordclustersessions"),
    "/apis/preview.mirrord.metalbear.co/v1alpha": resources("previewsessions"),
    "/apis/operator.metalbear.co/v1/mirrordoperators/operator": {
      spec: { operator_version: "3.196.0", license: { name: "Acme", expire_at: "2027-06-30" } },
    },
    "/apis/apps/v1/namespaces/mirrord/deployments/mirrord-license-agent": deploymentOf(world.values ?? RECOMMENDED),
    "/apis/apps/v1/namespaces/mirrord/deployments/mirrord-operator": operator(PEM_REF),
    "/api/v1/namespaces/mirrord/secrets/mirrord-license-agent": {
      data: { token: Buffer.from(world.token ?? token(NOW + 300 * DAY_MS)).toString("base64") },
    },
    ...world.kube,
  };
  return ({ path, body }) => {
    if (!path.endsWith("/selfsubjectaccessreviews")) return well[path] ?? undefined;
    const { resource, verb } = (body as { spec: { resourceAttributes: { resource: string; verb: string } } }).spec
      .resourceAttributes;
    const allowed = !(world.denied ?? []).includes(`${verb} ${resource}`);
    return { kind: "SelfSubjectAccessReview", status: { allowed } };
  };
};

const closing: (() => Promise<unknown>)[] = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

/** What the doctor finds: `ok` names alone, all else with its words. */
const examined = async (world: World, ...args: string[]) => {
  const cluster = await fakeCluster(clusterAnswer(world));
  closing.push(cluster.close);
  const run = await fakeRun(
    ["agent", "doctor", "-o", "json", ...args],
    (_method, { pathname }) => {
      if (pathname.endsWith("/operators")) return Response.json({ operators: world.entries ?? [alive], next: null });
      if (world.licenseStatus !== undefined)
        return Response.json({ detail: "no", code: "Unauthorized" }, { status: world.licenseStatus });
      return Response.json({ license: {}, server_time: formatTime(world.serverTime ?? NOW) });
    },
    { KUBECONFIG: cluster.kubeconfig },
  );
  const { checks } = JSON.parse(run.out || '{"checks":[]}') as {
    checks: { result: string; name: string; found: string }[];
  };
  const words = checks.map(({ result, name, found }) => (result === "ok" ? name : `${result} ${name}: ${found}`));
  return { ...run, words, checks, calls: cluster.calls };
};

const ALL = ["cluster", "objects", "operator", "agent", "rights", "server", "credential", "license", "registered"];
const WELL = [...ALL.slice(0, 7), "clock", ...ALL.slice(7)];
const but = (name: string, words: string) => WELL.map((each) => (each === name ? words : each));

describe("agent doctor", () => {
  it("finds nothing where all is well, and changes nothing", async () => {
    const { words, exit, calls, requests } = await examined({});
    expect({ words, exit }).toEqual({ words: WELL, exit: EXIT.ok });
    expect(calls.filter(({ method }) => method !== "GET").map(({ path }) => path.split("/").at(-1))).toEqual(
      Array(13).fill("selfsubjectaccessreviews"),
    );
    expect(requests.map((request) => request.split(" ")[0])).toEqual(["GET", "GET"]);
  });

  it("asks for each right as the agent's service account, with its name and namespace", async () => {
    const { calls } = await examined({ values: { ...RECOMMENDED, enforceSeats: true, killPreviews: true } });
    const reviews = calls.filter(({ path }) => path.endsWith("reviews"));
    const asked = reviews.map(({ body }) => (body as { spec: { resourceAttributes: object } }).spec.resourceAttributes);
    expect(new Set(reviews.map(({ headers }: KubeCall) => headers["impersonate-user"]))).toEqual(
      new Set(["system:serviceaccount:mirrord:mirrord-license-agent"]),
    );
    expect(asked).toEqual(
      expect.arrayContaining([
        { group: "", resource: "namespaces", verb: "get", name: "default" },
        { group: "mirrord.metalbear.co", resource: "mirrordclustersessions", verb: "watch" },
        { group: "preview.mirrord.metalbear.co", resource: "previewsessions", verb: "delete" },
        { group: "", resource: "events", verb: "create" },
        { group: "", resource: "secrets", verb: "patch", name: "mirrord-license", namespace: "mirrord" },
      ]),
    );
  });

  it("names each right that is missing, and why it is needed", async () => {
    const { words, exit, checks } = await examined({ denied: ["watch mirrordclustersessions", "patch secrets"] });
    expect(exit).toBe(EXIT.denied);
    const who = "system:serviceaccount:mirrord:mirrord-license-agent cannot";
    expect(words.filter((each) => each.startsWith("fail"))).toEqual([
      `fail rights: ${who} watch mirrordclustersessions.mirrord.metalbear.co`,
      `fail rights: ${who} patch secrets mirrord-license in mirrord`,
    ]);
    expect(JSON.stringify(checks)).toContain("Each becomes a session on the license server.");
  });

  it.each([
    [
      "objects",
      { "/apis/mirrord.metalbear.co/v1alpha": null },
      "warn objects: no mirrordclustersessions: sessions cannot be seen",
    ],
    [
      "operator",
      { "/apis/operator.metalbear.co/v1/mirrordoperators/operator": "denied" },
      "warn operator: its API does not answer: 403 Forbidden denied",
    ],
    [
      "license",
      { "/apis/apps/v1/namespaces/mirrord/deployments/mirrord-operator": null },
      "warn license: no Deployment mirrord-operator in namespace mirrord",
    ],
    [
      "agent",
      {
        "/apis/apps/v1/namespaces/mirrord/deployments/mirrord-license-agent": {
          ...deploymentOf(RECOMMENDED),
          status: {},
        },
      },
      `fail agent: not ready: staging, registry.example.com/mirrord-license-agent:${APP_VERSION}, does not enforce seats`,
    ],
  ] as const)("finds fault with the %s alone where that is at fault", async (name, kube, words) => {
    expect((await examined({ kube })).words).toEqual(but(name, words));
  });

  it("examines the user's own rights where no agent is installed", async () => {
    const kube = { "/apis/apps/v1/namespaces/mirrord/deployments/mirrord-license-agent": null };
    const { words, calls, checks } = await examined({ kube, entries: [] });
    expect(words).toEqual([
      ...["cluster", "objects", "operator"],
      expect.stringContaining("warn agent: not installed in namespace mirrord"),
      "rights",
      "warn license: the operator's license comes from the Secret mirrord-license; the agent keeps none",
      `warn registered: the server does not know cluster-${UID}`,
    ]);
    expect(checks.find(({ name }) => name === "rights")?.found).toBe("this user has all 11 rights");
    expect(calls.some(({ headers }) => "impersonate-user" in headers)).toBe(false);
  });

  it("examines the cluster of the named context, and refuses one that the kubeconfig does not have", async () => {
    expect((await examined({}, "--context", "x")).words).toEqual(WELL);
    const { exit, err } = await examined({}, "--context", "prod");
    expect([exit, err]).toEqual([EXIT.usage, expect.stringContaining('KUBECONFIG has no context "prod"')]);
  });

  it("stops at a cluster that does not answer", async () => {
    const { words, exit, out } = await examined({ kube: { "/api/v1/namespaces/default": "who are you" } });
    expect(out).toContain("Use the kubeconfig of an administrator: this user may not read the namespace default.");
    expect(words).toEqual([expect.stringMatching(/^fail cluster: http:.*: 403 Forbidden who are you$/)]);
    expect(exit).toBe(EXIT.denied);
  });

  it("says that rights were not checked where the user may not impersonate", async () => {
    const cluster = await fakeCluster((call) =>
      call.headers["impersonate-user"] === undefined ? clusterAnswer({})(call) : "cannot impersonate",
    );
    closing.push(cluster.close);
    const { out } = await fakeRun(["agent", "doctor"], () => Response.json({}), { KUBECONFIG: cluster.kubeconfig });
    expect(out).toMatch(/warn {2}rights {6}not checked as system:serviceaccount:.*: 403 Forbidden cannot impersonate/);
  });
});

describe("the agent's credential", () => {
  it.each([
    [{ token: token(NOW - HOUR_MS) }, "fail token: has expired"],
    [{ token: token(NOW + DAY_MS, "cluster-other") }, `fail token: for cluster-other, not for cluster-${UID}`],
    [{ token: "secret" }, "fail token: not an access token"],
    [{ token: token(NOW + 12 * DAY_MS) }, "warn token: ends in 12 days"],
    [
      { token: "" },
      "fail credential: the entry token of the Secret mirrord-license-agent is missing, or is not a token",
    ],
    [{ licenseStatus: 401 }, "fail credential: no (401 Unauthorized)"],
    [
      { kube: { "/api/v1/namespaces/mirrord/secrets/mirrord-license-agent": null } },
      "fail credential: no Secret mirrord-license-agent in namespace mirrord",
    ],
    [
      { kube: { "/api/v1/namespaces/mirrord/secrets/mirrord-license-agent": "denied" } },
      "warn credential: the Secret mirrord-license-agent was not read: 403 Forbidden denied",
    ],
  ] satisfies [World, string][])("is judged: %#", async (world, words) => {
    const run = await examined(world);
    expect(run.words).toContain(words);
    expect(run.out + run.err).not.toContain("eyJ0.");
  });

  it("that no cluster is named in is for another cluster", async () => {
    expect((await examined({ token: jwt({ exp: NOW / SECOND_MS + 60 }) })).words).toContain(
      `fail token: for no cluster, not for cluster-${UID}`,
    );
  });
});

describe("the clocks of cluster and server", () => {
  it.each([
    [NOW + 3 * SECOND_MS, "clock"],
    [NOW - 10 * SECOND_MS, "warn clock: the cluster's is 10s ahead of the license server's"],
    [NOW + 6 * MINUTE_MS, "fail clock: the cluster's is 5m 59s behind the license server's"],
  ])("are compared: %#", async (serverTime, words) => {
    expect((await examined({ serverTime })).words).toContain(words);
  });
});

describe("the cluster on the server", () => {
  it.each([
    [{ ...alive, state: "stale" }, "warn registered: staging: stale, last heartbeat 4 seconds ago"],
    [
      { ...alive, agent: { ...alive.agent, observed_at: formatTime(NOW - HOUR_MS) } },
      "warn registered: staging: active, last heartbeat 4 seconds ago, last saw the cluster 1 hour ago",
    ],
    [
      { ...alive, agent: { ...alive.agent, observed_at: null } },
      "warn registered: staging: active, last heartbeat 4 seconds ago, has not read the cluster yet",
    ],
  ])("is looked at: %#", async (one, words) => {
    expect((await examined({ entries: [one] })).words).toContain(words);
  });

  it("has an agent in each member of a multi-cluster primary, or the doctor names those without", async () => {
    const members = {
      "/apis/operator.metalbear.co/v1/mirrordoperators/operator": {
        status: { connected_clusters: [{ name: "eu" }, { name: "us" }] },
      },
    };
    const named = (cluster: string, state = "active") => ({ ...alive, instance_id: cluster, cluster, state });
    expect((await examined({ kube: members, entries: [alive, named("eu"), named("us", "gone")] })).words).toContain(
      "warn members: no agent of this name: us",
    );
    expect((await examined({ kube: members, entries: [alive, named("eu"), named("us")] })).words).toContain("members");
  });
});

describe("the operator's license settings", () => {
  const settings = (secretName: string) => ({
    operator: { namespace: "mirrord" },
    license: { secretName, restartOperator: false },
    enforceSeats: false,
    killPreviews: false,
    applyCatalog: false,
  });
  const found = (deployment: object, secretName = "mirrord-license") => {
    const check = licenseFinding(deployment, { settings: settings(secretName), serverUrl: "https://l.example.com/" });
    return `${check.result}: ${check.found}`;
  };

  it.each([
    [operator(PEM_REF), "ok: license.pemRef is mirrord-license, which the agent keeps; telemetry to the vendor"],
    [
      operator({ ...PEM_REF, OPERATOR_TELEMETRY_ENABLED: "false" }),
      "ok: license.pemRef is mirrord-license, which the agent keeps; telemetry off",
    ],
    [
      operator({ ...PEM_REF, OPERATOR_LICENSE_ALLOW_SEAT_OVERAGES: "false" }),
      "warn: license.pemRef is mirrord-license, which the agent keeps; telemetry to the vendor; the operator also limits seats",
    ],
    [
      operator(PEM_REF, "mirrord-operator-license"),
      "warn: the operator's license comes from the Secret mirrord-operator-license; the agent keeps it in mirrord-license",
    ],
    [
      operator({ OPERATOR_LICENSE_SERVER: "https://l.example.com" }),
      "warn: license.licenseServer is this server: the operator fetches its license there, and posts telemetry to it",
    ],
    [
      operator({ OPERATOR_LICENSE_SERVER: "https://other.example.com" }),
      "warn: license.licenseServer is https://other.example.com: the operator fetches its license there, and posts telemetry to it",
    ],
    [
      operator({}),
      "warn: the operator's license comes not from a mounted Secret; the agent keeps it in mirrord-license",
    ],
  ])("are named by the row that applies: %#", (deployment, words) => {
    expect(found(deployment)).toBe(words);
  });

  it("are fine without the agent's license, and the doctor says how to serve it", () => {
    expect(found(operator(PEM_REF), "")).toBe(
      "warn: the operator's license comes from the Secret mirrord-license; the agent keeps none",
    );
  });
});
