import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../infra/config.ts";
import type { FunctionName } from "../../shared/contract/functions.ts";
import { TABLE } from "../../shared/contract/keys.ts";
import { METRICS, METRICS_DIMENSION, METRICS_NAMESPACE } from "../../shared/contract/metrics.ts";
import { alarmsOf } from "../support/cloudwatch.ts";
import { functionOf, onlyResource, resourcesOf, synthesize, withApp } from "./synth.ts";

const JIRA = { webhookSecretArn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:jira-AbC123" };
const docs = (path: string): string => readFileSync(new URL(`../../docs/${path}`, import.meta.url), "utf8");
const plain = synthesize();
const full = synthesize({ region: "eu-central-1", jira: JIRA });
const alarms = alarmsOf(full.service);
const thresholdsOf = (settings: unknown) =>
  Object.fromEntries(
    [...alarmsOf(synthesize(settings).service)].map(([name, one]) => [name, one.properties.Threshold]),
  );

describe("an alarm", () => {
  it.each([...alarms.keys()])(
    "%s notifies people through the topic: what it means, what to do first, and which runbook has the rest",
    (name) => {
      const properties = alarms.get(name)?.properties;
      expect(properties?.AlarmActions).toEqual([{ Ref: onlyResource(full.data, "AWS::SNS::Topic").id }]);
      const [, runbook = ""] =
        /^[A-Z].+\. First: [A-Z].+\. Runbook: docs\/(runbooks\/[\w-]+\.md)$/.exec(properties?.AlarmDescription ?? "") ??
        [];
      expect(docs(runbook)).toMatch(new RegExp(`^\\*\\*Alarms?:\\*\\*[^]*?\`${name}\`[^]*?\n\n`, "m"));
      // The most that CloudWatch accepts.
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
    expect(queues).toHaveLength(4);
    for (const id of queues) expect(watched).toContainEqual({ "Fn::GetAtt": [id, "QueueName"] });
  });

  it("of a dead-letter queue says what its messages are, and to purge it only where that loses nothing", () => {
    const saysOf = (name: string) => alarms.get(`${name}DeadLetters`)?.properties.AlarmDescription;
    expect(saysOf("")).toMatch(/"job failed".+run the job again, then purge/);
    expect(saysOf("JiraReports")).toMatch(
      /a session that could not be reported to Jira.+"session time not reported to Jira".+back into their queue/,
    );
    expect(saysOf("JiraReports")).not.toMatch(/purge|job failed/);
    expect(saysOf("EventsPipe")).toMatch(/places in the table's stream.+function events/);
    expect(saysOf("EventsPipe")).not.toMatch(/job failed|run the job again/);
  });

  it("of late reports to Jira goes off before the third try, from which on SQS reports no age of a message", () => {
    const seconds = alarms.get("JiraReportsLate")?.properties.Threshold ?? 0;
    const { EventSourceArn } = onlyResource(full.service, "AWS::Lambda::EventSourceMapping").Properties;
    const [queue] = (EventSourceArn as { "Fn::GetAtt": [string, string] })["Fn::GetAtt"];
    const again = full.service.Resources[queue]?.Properties["VisibilityTimeout"] as number;
    // One failed try is no reason for an alarm. The measurements of AWS come some minutes late.
    expect(seconds).toBeGreaterThan(again);
    expect(seconds).toBeLessThanOrEqual(2 * again - 15 * 60);
    expect(alarms.get("JiraReportsLate")?.properties.Dimensions).toEqual([
      { Name: "QueueName", Value: { "Fn::GetAtt": [queue, "QueueName"] } },
    ]);
    expect([...alarmsOf(plain.service).keys()].filter((name) => name.startsWith("Jira"))).toEqual([]);
  });

  it("has the name of the deployment, and reads the metrics of that deployment", () => {
    const { service } = synthesize({ stackPrefix: "Blue" });
    const blue = alarmsOf(service, "Blue-");
    expect([...blue.keys()].sort()).toEqual([...alarmsOf(plain.service).keys()].sort());
    expect(blue.get("WrongCredentials")?.properties.Dimensions).toEqual([{ Name: METRICS_DIMENSION, Value: "Blue" }]);
    const variables = (functionOf(service, "heartbeat").Properties["Environment"] as { Variables: unknown }).Variables;
    expect(variables).toMatchObject({ DEPLOYMENT: "Blue" });
  });

  it("has the thresholds of the configuration", () => {
    const limits = { serverErrors: 9, wrongCredentials: 11, tokenCalls: 3, requests: 77 };
    expect(thresholdsOf({ alarms: limits })).toMatchObject({
      ServerErrors: 9,
      WrongCredentials: 11,
      TokenFunctionUsed: 3,
      RequestFlood: 77,
    });
    expect(thresholdsOf({ throttle: { rate: 10 } })).toMatchObject({ RequestFlood: 1_500 });
  });

  it("is one of nine, unless events or Jira are on", () => {
    expect([...alarmsOf(plain.service).keys()].sort()).toEqual([
      "DeadLetters",
      "IndexWritesThrottled",
      "RequestFlood",
      "RequestsSlow",
      "ServerErrors",
      "TableWritesThrottled",
      "TokenFunctionUsed",
      "WatchNotRun",
      "WrongCredentials",
    ]);
  });

  it("watches each front, if there are two", () => {
    const network = { mode: "both", vpcEndpointIds: ["vpce-0123456789abcdef0"] };
    const { service } = synthesize({ network });
    const name = (type: string) => onlyResource(service, type).Properties["Name"];
    const publicApi = [{ Name: "ApiId", Value: { Ref: onlyResource(service, "AWS::ApiGatewayV2::Api").id } }];
    const privateApi = [{ Name: "ApiName", Value: name("AWS::ApiGateway::RestApi") }];
    const watched = Object.fromEntries(
      [...alarmsOf(service)].map(([alarm, { properties }]) => [alarm, properties.Dimensions]),
    );
    expect(watched).toMatchObject({
      ServerErrors: publicApi,
      RequestFlood: publicApi,
      PrivateServerErrors: privateApi,
      PrivateRequestFlood: privateApi,
    });
  });

  it("has the usual name, if the private front is the only one", () => {
    const network = { mode: "private", vpcEndpointIds: ["vpce-0123456789abcdef0"] };
    expect([...alarmsOf(synthesize({ network }).service).keys()].sort()).toEqual(
      [...alarmsOf(plain.service).keys()].sort(),
    );
  });
});

describe("the functions", () => {
  const variablesOf = (settings: unknown, name: FunctionName) =>
    (functionOf(synthesize(settings).service, name).Properties["Environment"] as { Variables: Record<string, unknown> })
      .Variables;

  it("know what the configuration makes of alarms that they report themselves", () => {
    const limits = { licenseDays: 60, licenseUrgentDays: 5, seatsPercent: 90, denials: 3, latencyMs: 500 };
    expect(variablesOf({ alarms: limits }, "watch")).toMatchObject({
      NOTICE_CONDITIONS: "true",
      NOTICE_LICENSE_DAYS: "1,2,7,14,30,60,5",
      NOTICE_SEATS_PERCENT: "90",
      NOTICE_DENIALS: "3",
    });
    expect(variablesOf({ alarms: limits }, "heartbeat")).toMatchObject({ SLOW_REQUEST_MS: "500" });
    expect(variablesOf({ alarms: { enabled: false } }, "watch")).toMatchObject({ NOTICE_CONDITIONS: "false" });
  });

  it.each([
    [{}, undefined],
    [{ metrics: "all" }, "true"],
    [{ dashboard: true }, "true"],
  ])("send hourly metrics only where somebody wants them: %o", (settings, hourly) => {
    expect(variablesOf({ alarms: settings }, "heartbeat")["METRICS_HOURLY"]).toBe(hourly);
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
    [{ enabled: false, dashboard: true }, 0, 1, "LicenseServer"],
    [{}, alarmsOf(plain.service).size, 0, "LicenseServer"],
    // Then nobody looks at the metrics, and they cost nothing either.
    [{ enabled: false }, 0, 0, undefined],
    [{ enabled: false, metrics: "all" }, 0, 0, "LicenseServer"],
  ])("has only what is wanted: %o", (settings, alarmCount, dashboards, deployment) => {
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
  const { DashboardBody } = onlyResource(
    synthesize({ region: "eu-central-1", jira: JIRA, alarms: { dashboard: true } }).service,
    "AWS::CloudWatch::Dashboard",
  ).Properties;
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

describe("the Grafana dashboard for CloudWatch", () => {
  const text = readFileSync(new URL("../../docs/grafana/cloudwatch.json", import.meta.url), "utf8");
  const variable = (name: string) =>
    (JSON.parse(text) as { templating: { list: Record<string, unknown>[] } }).templating.list.find(
      (one) => one["name"] === name,
    );
  // CloudFormation begins a name that it makes with the stack's (its user guide, "Name type").
  const stackName = withApp({ stackPrefix: "Blue" }, ({ service }) => service.stackName);

  it("lists the log groups and functions of the deployment chosen, whose names CloudFormation makes", () => {
    const logGroups = resourcesOf(full.service, "AWS::Logs::LogGroup")
      .filter(([id]) => !id.startsWith("HttpAccessLog"))
      .map(([, { Properties }]) => Properties);
    const functions = resourcesOf(full.service, "AWS::Lambda::Function").map(([, { Properties }]) => Properties);
    for (const named of [...logGroups, ...functions]) {
      expect(named).not.toHaveProperty("LogGroupName");
      expect(named).not.toHaveProperty("FunctionName");
    }
    const query = variable("loggroups")?.["query"] as { logGroupPrefix: string } | undefined;
    expect(query?.logGroupPrefix.replace("$deployment", "Blue")).toBe(`${stackName}-`);
    const functionNames = String(variable("function")?.["regex"]).replace("$deployment", "Blue").slice(1, -1);
    expect(`${stackName}-HeartbeatFunction-1`).toMatch(new RegExp(functionNames));
  });

  it("looks at the throttles of the table and of its index, as the alarms do", () => {
    expect(
      alarms
        .get("IndexWritesThrottled")
        ?.properties.Dimensions?.map(({ Name }) => Name)
        .sort(),
    ).toEqual(["GlobalSecondaryIndexName", "TableName"]);
    expect(text.split(JSON.stringify(TABLE.index.name))).toHaveLength(3);
  });
});

describe("the on-call page", () => {
  it("leads from every alarm to the runbook that the alarm itself names", () => {
    const rows = docs("operations.md")
      .split("\n")
      .filter((line) => line.startsWith("| `"));
    for (const [name, { properties }] of alarms) {
      const [row = "", ...others] = rows.filter((line) => line.split("|")[1]?.includes(`\`${name}\``));
      expect(others, name).toEqual([]);
      expect(properties.AlarmDescription, name).toContain(`docs/${/\((runbooks\/.+?)\)/.exec(row)?.[1]}`);
    }
  });
});

describe("docs/alarms.md", () => {
  const text = docs("alarms.md");

  it("has a row for every alarm, with what the alarm itself says, and no other", () => {
    const [table = ""] = text.split("\n## ");
    const row = /^\| `(\w+)` \| (.+) \| (.+) \[Runbook\]\((.+)\) \|$/gm;
    const rows = [...table.matchAll(row)].map(([, name, means, first, runbook]) => [
      name,
      `${means} First: ${first} Runbook: docs/${runbook}`,
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
