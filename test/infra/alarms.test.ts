import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../infra/config.ts";
import { METRICS, METRICS_DIMENSION, METRICS_NAMESPACE } from "../../shared/contract/metrics.ts";
import { alarmsOf } from "../support/cloudwatch.ts";
import { functionOf, onlyResource, resourcesOf, synthesize } from "./synth.ts";

const JIRA = { webhookSecretArn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:jira-AbC123" };
const plain = synthesize();
const full = synthesize({ region: "eu-central-1", jira: JIRA });
const alarms = alarmsOf(full.service);
const thresholdsOf = (settings: unknown) =>
  Object.fromEntries(
    [...alarmsOf(synthesize(settings).service)].map(([name, one]) => [name, one.properties.Threshold]),
  );

describe("an alarm", () => {
  it.each([...alarms.keys()])(
    "%s tells people by the topic of notifications, what it means and what to do first",
    (name) => {
      const properties = alarms.get(name)?.properties;
      expect(properties?.AlarmActions).toEqual([{ Ref: onlyResource(full.data, "AWS::SNS::Topic").id }]);
      expect(properties?.AlarmDescription).toMatch(/^[A-Z].+\. First: .+\.$/);
      // What CloudWatch takes at most.
      expect(properties?.AlarmDescription.length).toBeLessThanOrEqual(1_024);
    },
  );

  it.each([...alarms.keys()])("%s says what no data means, and looks back no further than CloudWatch can", (name) => {
    const properties = alarms.get(name)?.properties;
    expect(properties?.TreatMissingData).toMatch(/^(ignore|breaching|notBreaching)$/);
    const seconds = (properties?.Period ?? 0) * (properties?.EvaluationPeriods ?? 0);
    expect(seconds).toBeLessThanOrEqual((properties?.Period ?? 0) < 3_600 ? 86_400 : 604_800);
  });

  it("is over a metric that functions emit, of this deployment alone, or over one of AWS's own", () => {
    for (const [name, { properties }] of alarms) {
      if (properties.Namespace.startsWith("AWS/")) continue;
      expect(properties.Namespace, name).toBe(METRICS_NAMESPACE);
      expect(Object.keys(METRICS), name).toContain(properties.MetricName);
      expect(properties.Dimensions, name).toEqual([{ Name: METRICS_DIMENSION, Value: "LicenseServer" }]);
    }
  });

  it("is there for every dead-letter queue", () => {
    const watched = [...alarms.values()]
      .flatMap(({ properties }) => properties.Dimensions ?? [])
      .map(({ Value }) => Value);
    const queues = resourcesOf(full.service, "AWS::SQS::Queue").map(([id]) => id);
    expect(queues.length).toBeGreaterThan(4);
    for (const id of queues) expect(watched).toContainEqual({ "Fn::GetAtt": [id, "QueueName"] });
  });

  it("bears the deployment's name, and looks at that deployment's metrics", () => {
    const { service } = synthesize({ stackPrefix: "Blue" });
    const blue = alarmsOf(service, "Blue-");
    expect([...blue.keys()].sort()).toEqual([...alarmsOf(plain.service).keys()].sort());
    expect(blue.get("SeatDenials")?.properties.Dimensions).toEqual([{ Name: METRICS_DIMENSION, Value: "Blue" }]);
    const variables = (functionOf(service, "heartbeat").Properties["Environment"] as { Variables: unknown }).Variables;
    expect(variables).toMatchObject({ DEPLOYMENT: "Blue" });
  });

  it("has the thresholds of the configuration", () => {
    const limits = { licenseDays: 60, licenseUrgentDays: 7, seatsPercent: 90, denials: 3, serverErrors: 9 };
    expect(thresholdsOf({ alarms: { ...limits, wrongCredentials: 11, latencyMs: 500 } })).toMatchObject({
      LicenseExpiring: 60 * 86_400,
      LicenseUrgent: 7 * 86_400,
      SeatsNearlyUsed: 90,
      SeatDenials: 3,
      ServerErrors: 9,
      WrongCredentials: 11,
      HeartbeatSlow: 500,
    });
  });

  it("of reports is none where none are made", () => {
    expect(alarms.has("ReportMissed")).toBe(true);
    expect(alarmsOf(synthesize({ reports: { schedule: "off" } }).service).has("ReportMissed")).toBe(false);
  });
});

describe("the configuration of alarms", () => {
  const problemsOf = (settings: unknown) => {
    const parsed = parseConfig({ alarms: settings });
    return parsed.ok ? [] : parsed.problems.map(({ path }) => path);
  };

  it("refuses thresholds that no alarm could have, all at once", () => {
    expect(problemsOf({ seatsPercent: 100, denials: 0, latencyMs: 30_000, dashboard: "no", mails: 1 }).sort()).toEqual([
      "alarms.dashboard",
      "alarms.denials",
      "alarms.latencyMs",
      "alarms.mails",
      "alarms.seatsPercent",
    ]);
    expect(problemsOf({ licenseDays: 7, licenseUrgentDays: 7 })).toEqual(["alarms"]);
  });

  it.each([
    [{ enabled: false }, 0, 1, "LicenseServer"],
    [{ dashboard: false }, alarmsOf(plain.service).size, 0, "LicenseServer"],
    // Then nobody looks at the metrics, and they cost nothing either.
    [{ enabled: false, dashboard: false }, 0, 0, undefined],
  ])("switches off what costs: %o", (settings, alarmCount, dashboards, deployment) => {
    const { service } = synthesize({ alarms: settings });
    expect(resourcesOf(service, "AWS::CloudWatch::Alarm")).toHaveLength(alarmCount);
    expect(resourcesOf(service, "AWS::CloudWatch::Dashboard")).toHaveLength(dashboards);
    const { Variables } = functionOf(service, "watch").Properties["Environment"] as {
      Variables: Record<string, unknown>;
    };
    expect(Variables["DEPLOYMENT"]).toBe(deployment);
  });
});

describe("the dashboard", () => {
  const { DashboardBody } = onlyResource(full.service, "AWS::CloudWatch::Dashboard").Properties;
  const parts = (DashboardBody as { "Fn::Join": [string, unknown[]] })["Fn::Join"][1];
  const body = JSON.parse(parts.map((part) => (typeof part === "string" ? part : "reference")).join("")) as {
    widgets: { type: string; properties: { markdown?: string; metrics?: unknown[] } }[];
  };

  it("has a row for demand, license, seats, jobs and the table", () => {
    const rows = body.widgets.filter(({ type }) => type === "text").map(({ properties }) => properties.markdown);
    expect(rows).toEqual(["## Demand", "## License", "## Seats", "## Jobs", "## Table"]);
  });

  it("shows no more metrics than a free one may", () => {
    const metrics = body.widgets.flatMap(({ properties }) => properties.metrics ?? []);
    expect(metrics.length).toBeGreaterThan(20);
    expect(metrics.length).toBeLessThanOrEqual(50);
  });
});

describe("docs/alarms.md", () => {
  const text = readFileSync(new URL("../../docs/alarms.md", import.meta.url), "utf8");

  it("has a row for every alarm, with what the alarm itself says, and no other", () => {
    const [table = ""] = text.split("\n## ");
    const rows = [...table.matchAll(/^\| `(\w+)` \| (.+) \| (.+) \|$/gm)].map(([, name, means, first]) => [
      name,
      `${means} First: ${first}`,
    ]);
    expect(Object.fromEntries(rows)).toEqual(
      Object.fromEntries([...alarms].map(([name, { properties }]) => [name, properties.AlarmDescription])),
    );
  });

  it("names every metric that functions emit, with its meaning", () => {
    for (const [name, { unit, help }] of Object.entries(METRICS))
      expect(text).toContain(`| \`${name}\` | ${unit} | ${help} |`);
  });
});
