import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { METRICS, METRICS_NAMESPACE, PROMETHEUS_METRICS } from "../../../shared/contract/metrics.ts";

type Target = { expr?: string; interval?: string; namespace?: string; metricName?: string };
type Alert = { alert: string; expr: string; annotations: Record<string, string> };
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

it("the alerts for Prometheus ask for metrics that there are, and say what each means and what to do", async () => {
  const text = await readFile(new URL("../../../docs/grafana/alerts.yml", import.meta.url), "utf8");
  const { groups } = parse(text) as { groups: { rules: Alert[] }[] };
  const rules = groups.flatMap((group) => group.rules);
  expect(rules.length).toBeGreaterThan(0);
  for (const { alert, expr, annotations } of rules) {
    for (const [metric] of expr.matchAll(/\b(mirrord|license_server)_\w+/g))
      expect(Object.keys(PROMETHEUS_METRICS), alert).toContain(metric);
    expect(annotations, alert).toEqual({
      summary: expect.stringMatching(/\.$/),
      description: expect.stringMatching(/\.$/),
    });
  }
});

// Grafana takes four times the data source's scrape interval, 15 s where nobody has set it, for a rate: of a scrape a minute it
// would find one sample in that time, and show nothing (Grafana, "Using $__rate_interval"). A query's own interval goes first.
it("finds samples for its rates where the server is scraped as seldom as the document has it", async () => {
  const document = await readFile(new URL("../../../docs/metrics.md", import.meta.url), "utf8");
  const scrapeInterval = /scrape_interval: (\w+)/.exec(document)?.[1];
  const rates = (await targetsOf("prometheus")).filter(({ expr }) => expr?.includes("$__rate_interval"));
  expect(rates.length).toBeGreaterThan(0);
  for (const { interval, expr } of rates) expect(interval, expr).toBe(scrapeInterval);
});

it("asks CloudWatch for no metric of ours that is not there", async () => {
  const ours = (await targetsOf("cloudwatch")).filter(({ namespace }) => namespace === METRICS_NAMESPACE);
  expect(ours.length).toBeGreaterThan(0);
  for (const { metricName } of ours) expect(Object.keys(METRICS)).toContain(metricName);
});
