import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { VARIABLES } from "../../../agent/settings.ts";
import packageJson from "../../../package.json" with { type: "json" };
import { environmentOf, type KubernetesObject, manifestOf, manifestText } from "../../../tools/agent/manifest.ts";
import { ALL_RIGHTS, rightsOf } from "../../../tools/agent/rights.ts";
import { EVERYTHING, LEAST } from "../../../tools/verify/chart/value-sets.ts";
import { valid } from "./valid.ts";

const least = valid(LEAST);
const everything = valid(EVERYTHING);
const kinds = (objects: readonly KubernetesObject[]) => objects.map(({ kind }) => kind);
// biome-ignore lint/suspicious/noExplicitAny: an object of any kind
const find = (objects: readonly KubernetesObject[], kind: string): any =>
  objects.find((object) => object.kind === kind) ?? {};
const templates = globSync("charts/mirrord-license-agent/templates/*.yaml")
  .map((path) => readFileSync(path, "utf8"))
  .join("\n");

describe("the manifest", () => {
  it("has a Secret, and objects for Prometheus, only if they are wanted", () => {
    const always = ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Lease"];
    expect(kinds(manifestOf(least, "mirrord"))).toEqual([...always, "Deployment"]);
    expect(kinds(manifestOf(everything, "mirrord"))).toEqual([
      ...always,
      "Secret",
      "Deployment",
      "Service",
      "ServiceMonitor",
    ]);
    expect(kinds(manifestOf(valid(EVERYTHING, { license: { create: false } }), "x"))).not.toContain("Secret");
  });

  it("makes the Secret of the license without data, so that an upgrade leaves the data alone", () => {
    const secret = find(manifestOf(everything, "agents"), "Secret");
    expect(secret.metadata).toMatchObject({ name: "mirrord-license", namespace: "mirrord-operator" });
    expect(secret.metadata.labels["mirrord-license-agent/license"]).toBe("true");
    expect(Object.keys(secret)).toEqual(["apiVersion", "kind", "metadata", "type"]);
  });

  it("runs one agent without privileges, which ends before the next begins", () => {
    const { replicas, strategy, template } = find(manifestOf(least, "mirrord"), "Deployment").spec;
    expect({ replicas, strategy }).toEqual({ replicas: 1, strategy: { type: "Recreate" } });
    expect(template.spec.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    const [container] = template.spec.containers;
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(container.image).toBe(`registry.example.com/mirrord-license-agent:${packageJson.version}`);
  });

  it("gives no right without names where Kubernetes can limit the verb to names", () => {
    const wide = rightsOf(everything).filter(
      ({ when, names, verbs }) =>
        // The names of policies and profiles are in the catalog.
        when !== "catalog" &&
        names === undefined &&
        verbs.some((verb) => !["list", "watch", "create", "delete"].includes(verb)),
    );
    expect(wide).toEqual([]);
    // A delete covers all objects of two other kinds: every session is one that an administrator may stop.
    const deletes = rightsOf(everything).filter(({ when, verbs }) => when !== "catalog" && verbs.includes("delete"));
    expect(deletes.map(({ resource }) => resource)).toEqual(["sessions", "previewsessions"]);
  });

  it("grants what is off by default only if it is switched on", () => {
    const written = (given: object) =>
      rightsOf(valid(LEAST, given as never))
        .filter(({ when }) => when !== "always")
        .map(({ when }) => when);
    expect(written({})).toEqual([]);
    expect(written({ enforceSeats: true })).toEqual(["enforce"]);
    expect(written({ killPreviews: true })).toEqual(["killPreviews"]);
    expect(written({ applyCatalog: true })).toEqual(["catalog", "catalog", "catalog", "catalog"]);
    expect(written({ license: { secretName: "l" } })).toEqual(["license"]);
    expect(written({ license: { secretName: "l", restartOperator: true } })).toEqual(["license", "restart"]);
  });

  it("names the Secret, the Deployment and the Lease in the rules, and leaves no placeholder", () => {
    const { rules } = find(manifestOf(everything, "agents"), "Role");
    expect(rules.flatMap(({ resourceNames }: { resourceNames: string[] }) => resourceNames)).toEqual([
      "mirrord-license-agent",
      "mirrord-license",
      "mirrord-operator",
    ]);
    expect(JSON.stringify(manifestOf(everything, "agents"))).not.toMatch(/\{[a-z]+\}/);
  });

  it("is YAML with the reason above each rule", () => {
    const text = manifestText(manifestOf(everything, "agents"), rightsOf(everything));
    const documents = parseAllDocuments(text).map((document) => document.toJS());
    expect(documents).toEqual(JSON.parse(JSON.stringify(manifestOf(everything, "agents"))));
    for (const { reason, resource, group } of ALL_RIGHTS)
      expect(text).toContain(
        `  # ${reason}\n  - apiGroups:\n      - ${group === "" ? '""' : group}\n    resources:\n      - ${resource}\n`,
      );
  });
});

describe("the chart and the manifest", () => {
  it("are of the project's release, which is the tag of the image that it builds", () => {
    const { version, appVersion } = parse(readFileSync("charts/mirrord-license-agent/Chart.yaml", "utf8"));
    expect({ version, appVersion }).toEqual({ version: packageJson.version, appVersion: packageJson.version });
  });

  it("set the same environment variables", () => {
    const names = environmentOf(valid(EVERYTHING, { credentials: { tokenKey: "token" } })).map(([name]) => name);
    const inChart = [...templates.matchAll(/^ *- name: ([A-Z][A-Z_]+)$/gm)].map(([, name]) => name);
    expect([...new Set(inChart)].sort()).toEqual(names.sort());
  });

  it("set only variables that the agent reads, and all that a pod may need", () => {
    const set = environmentOf(valid(EVERYTHING, { credentials: { tokenKey: "token" } })).map(([name]) => name);
    // Kubernetes sets the host's name. The others are for a laptop, or fixed by the operator's chart.
    const left = ["LICENSE_KEY", "KUBECONFIG", "ADDRESS", "PORT", "OPERATOR_DEPLOYMENT", "POD_NAME", "HOSTNAME"];
    expect([...set, ...left].sort()).toEqual(Object.keys(VARIABLES).sort());
  });

  it("have objects of the same kinds", () => {
    const inChart = [...templates.matchAll(/^kind: (\w+)$/gm)].map(([, kind]) => kind);
    expect(inChart.sort()).toEqual(kinds(manifestOf(everything, "agents")).sort());
  });
});
