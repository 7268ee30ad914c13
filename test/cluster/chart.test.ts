import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { type KubernetesObject, manifestOf } from "../../tools/agent/manifest.ts";
import { type SomeValues, valuesOf } from "../../tools/agent/values.ts";
import { type ControlPlane, startControlPlane } from "../../tools/cluster/control-plane.ts";
import { installDefinition } from "../../tools/cluster/definitions.ts";
import { EVERYTHING, LEAST, RECOMMENDED } from "../../tools/verify/chart/value-sets.ts";
import { applyAll } from "../../tools/verify/cluster/apply.ts";
import { programsFolder } from "./support.ts";

const CHART = join(import.meta.dirname, "../../charts/mirrord-license-agent");
const folder = mkdtempSync(join(tmpdir(), "cluster-chart-"));
let cluster: ControlPlane;

beforeAll(async () => {
  cluster = await startControlPlane({ name: "chart", programs: programsFolder(), folder });
  for (const name of ["mirrord", "mirrord-operator", "agents"]) {
    await cluster.admin.expect("POST", "/api/v1/namespaces", { metadata: { name } });
  }
  await installDefinition(cluster.admin, SERVICE_MONITORS);
});

afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const render = (values: SomeValues): KubernetesObject[] => {
  const helm = process.env["HELM"];
  if (helm === undefined) {
    const read = valuesOf(values);
    if (!read.ok) throw new Error(read.faults.join(" "));
    return manifestOf(read.values, "agents");
  }
  const file = join(folder, "values.yaml");
  writeFileSync(file, stringify(values));
  const args = ["template", "agent", CHART, "--kube-version", "1.34.2", "--namespace", "agents", "--values", file];
  return parseAllDocuments(execFileSync(helm, args, { encoding: "utf8" })).flatMap((document) =>
    document.contents === null ? [] : [document.toJS() as KubernetesObject],
  );
};

it.each([
  ["least", LEAST],
  ["recommended", RECOMMENDED],
  ["everything", EVERYTHING],
])(
  "a real API server accepts every object and field of the agent's installation with the values %s",
  async (_name, values) => {
    const objects = render(values);
    expect(objects.length).toBeGreaterThan(5);
    await applyAll(cluster.admin, objects);
  },
);

it("refuses a field that no object has", async () => {
  const [account] = render(LEAST);
  if (account === undefined) throw new Error("the installation has no objects");
  await expect(applyAll(cluster.admin, [{ ...account, noSuchField: true }])).rejects.toThrow(/noSuchField/);
});

/** Of Prometheus' operator, which defines the kind. Any field is accepted. */
const SERVICE_MONITORS = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "servicemonitors.monitoring.coreos.com" },
  spec: {
    group: "monitoring.coreos.com",
    scope: "Namespaced" as const,
    names: { plural: "servicemonitors", singular: "servicemonitor", kind: "ServiceMonitor" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};
