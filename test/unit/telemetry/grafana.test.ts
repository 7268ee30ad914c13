import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { METRICS, METRICS_NAMESPACE, PROMETHEUS_METRICS } from "../../../shared/contract/metrics.ts";

type Target = { expr?: string; namespace?: string; metricName?: string };
type Panel = { id: number; type: string; title: string; description?: string; targets?: Target[] };
type Dashboard = { uid: string; title: string; schemaVersion: number; panels: Panel[] };

const dashboard = async (name: string): Promise<Dashboard> =>
  JSON.parse(await readFile(new URL(`../../../docs/grafana/${name}.json`, import.meta.url), "utf8"));

describe.each(["prometheus", "cloudwatch"])("the Grafana dashboard for %s", (name) => {
  it("can be imported: it has an id, a schema's version and panels that do not share theirs", async () => {
    const { uid, schemaVersion, panels } = await dashboard(name);
    expect(uid).toMatch(/^[\w-]{1,40}$/);
    expect(schemaVersion).toBeGreaterThan(30);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  it("says of each panel what it means", async () => {
    for (const { type, title, description, targets } of (await dashboard(name)).panels) {
      expect(title).not.toBe("");
      if (type === "row") continue;
      expect(description, title).toMatch(/\.$/);
      expect(targets?.length, title).toBeGreaterThan(0);
    }
  });
});

const targetsOf = async (name: string): Promise<Target[]> =>
  (await dashboard(name)).panels.flatMap(({ targets }) => targets ?? []);

it("asks Prometheus for all metrics there are but those of users, and for no others of ours", async () => {
  const queries = (await targetsOf("prometheus")).map(({ expr }) => expr ?? "").join("\n");
  const asked = new Set(
    (queries.match(/\b(mirrord|license_server)_\w+/g) ?? []).map((metric) =>
      metric.replace(/_(bucket|sum|count)$/, ""),
    ),
  );
  const perUser = (metric: string) => metric.startsWith("license_server_user_");
  const known = Object.keys(PROMETHEUS_METRICS).filter((metric) => !perUser(metric));
  // When the license ends stands there as the time that is left.
  expect([...asked, "license_server_license_expiry_timestamp_seconds"].sort()).toEqual(known.sort());
});

it("asks CloudWatch for no metric of ours that is not there", async () => {
  const ours = (await targetsOf("cloudwatch")).filter(({ namespace }) => namespace === METRICS_NAMESPACE);
  expect(ours.length).toBeGreaterThan(0);
  for (const { metricName } of ours) expect(Object.keys(METRICS)).toContain(metricName);
});
