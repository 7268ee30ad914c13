import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { manifestOf } from "../../tools/agent/manifest.ts";
import { type ControlPlane, startControlPlane } from "../../tools/cluster/control-plane.ts";
import { installDefinition, readDefinitions } from "../../tools/cluster/definitions.ts";
import { EVERYTHING, LEAST } from "../../tools/verify/chart/value-sets.ts";
import { applyAll } from "../../tools/verify/cluster/apply.ts";
import { valid } from "../unit/agent-chart/valid.ts";
import { fakeRun } from "../unit/cli/fake-run.ts";
import { programsFolder } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "cluster-doctor-"));
let cluster: ControlPlane;

beforeAll(async () => {
  cluster = await startControlPlane({ name: "doctor", programs: programsFolder(), folder });
  await cluster.admin.expect("POST", "/api/v1/namespaces", { metadata: { name: "mirrord" } });
  for (const definition of readDefinitions()) await installDefinition(cluster.admin, definition);
});

afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What the doctor finds as this user: `ok` names alone, all else with its words. */
const examined = async (kubeconfig = cluster.adminKubeconfig) => {
  const { out } = await fakeRun(["agent", "doctor", "-o", "json", "--kubeconfig", kubeconfig], () =>
    Response.json({ operators: [], next: null }),
  );
  const { checks } = JSON.parse(out) as { checks: { name: string; result: string; found: string }[] };
  return checks.map(({ result, name, found }) =>
    result === "ok" ? `${name}: ${found}` : `${result} ${name}: ${found}`,
  );
};

const WHO = "system:serviceaccount:mirrord:mirrord-license-agent";

it("an agent that is installed from the manifest has each right, as a real API server answers", async () => {
  const values = valid(EVERYTHING, { operator: { namespace: "mirrord" }, serviceMonitor: { enabled: false } });
  await applyAll(cluster.admin, manifestOf(values, "mirrord"));
  const found = await examined();
  expect(found).toContain(`rights: ${WHO} has all 33 rights`);
  expect(found).toContain("objects: mirrordclustersessions, mirrordmulticlustersessions, previewsessions");
  expect(found).toContainEqual(expect.stringMatching(/^warn operator: its API does not answer: 404/));
  expect(found).toContainEqual(expect.stringMatching(/^fail agent: not ready: staging/));
  expect(found).toContain("fail credential: no Secret agent-key in namespace mirrord");
});

it("a right that the roles do not give is named", async () => {
  const [, role] = manifestOf(valid(LEAST), "mirrord");
  if (role === undefined) throw new Error("the manifest has no ClusterRole");
  await applyAll(cluster.admin, [role]);
  expect(await examined()).toEqual(
    expect.arrayContaining([
      `fail rights: ${WHO} cannot create events`,
      `fail rights: ${WHO} cannot delete previewsessions.preview.mirrord.metalbear.co`,
    ]),
  );
});

it("a user who may not impersonate the agent sees that its rights were not checked", async () => {
  await cluster.admin.expect("POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "reader" } });
  await cluster.admin.expect("POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles", {
    metadata: { name: "reader" },
    rules: [{ apiGroups: ["", "apps"], resources: ["namespaces", "deployments"], verbs: ["get"] }],
  });
  await cluster.admin.expect("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
    metadata: { name: "reader" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "reader" },
    subjects: [{ kind: "ServiceAccount", name: "reader", namespace: "default" }],
  });
  const issued = (await cluster.admin.expect("POST", "/api/v1/namespaces/default/serviceaccounts/reader/token", {
    spec: {},
  })) as { status: { token: string } };
  const found = await examined(await cluster.writeKubeconfig("reader", issued.status.token));
  expect(found).toContainEqual(expect.stringMatching(new RegExp(`^warn rights: not checked as ${WHO}: 403 Forbidden`)));
  expect(found).toContainEqual(expect.stringMatching(/^warn credential: the Secret agent-key was not read: 403/));
});
