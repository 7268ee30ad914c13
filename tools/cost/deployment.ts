import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { describeProblems, parseConfig } from "../../infra/config.ts";
import { addLicenseServer } from "../../infra/license-server.ts";
import { FUNCTION_DESCRIPTIONS } from "../../shared/contract/function-descriptions.ts";
import { JOBS, type JobName } from "../../shared/contract/functions.ts";
import { type EmittedMetric, METRICS } from "../../shared/contract/metrics.ts";
import { HOURS_A_MONTH } from "./prices.ts";

/** What of a deployment is billed whether or not anybody uses it. */
export type Deployment = {
  secrets: number;
  alarms: number;
  dashboards: number;
  /** Metrics that are sent every hour. */
  hourlyMetrics: number;
  /** The jobs that run within hours, and how often a month. */
  jobs: readonly { name: JobName; runs: number }[];
  /** Pipes that read the table's stream. */
  pipes: number;
  /** Queues that Lambda polls. */
  polledQueues: number;
};

type Template = { Resources: Record<string, { Type: string; Properties?: Record<string, unknown> }> };

/** Synthesizes both templates of a configuration and counts what is in them. Throws if the configuration is not valid. */
export const countDeployment = (settings: unknown = {}): Deployment => countTemplates(templatesOf(settings));

/** Counts what is in templates. */
export const countTemplates = (templates: readonly Template[]): Deployment => {
  const resources = templates.flatMap(({ Resources }) => Object.values(Resources));
  const all = (type: string) => resources.filter(({ Type }) => Type === type);
  const functions = all("AWS::Lambda::Function");
  const isSent = functions.some((one) => variablesOf(one)["METRICS_HOURLY"] === "true");
  return {
    secrets: all("AWS::SecretsManager::Secret").length,
    alarms: all("AWS::CloudWatch::Alarm").length,
    dashboards: all("AWS::CloudWatch::Dashboard").length,
    hourlyMetrics: isSent ? Object.values(METRICS).filter((metric: EmittedMetric) => metric.hourly).length : 0,
    jobs: all("AWS::Scheduler::Schedule").flatMap(({ Properties = {} }) => {
      const name = JOBS.find((job) => String(Properties["Description"]).startsWith(FUNCTION_DESCRIPTIONS[job]));
      const runs = runsOf(String(Properties["ScheduleExpression"]));
      return name === undefined || runs === undefined ? [] : [{ name, runs }];
    }),
    pipes: all("AWS::Pipes::Pipe").length,
    polledQueues: all("AWS::Lambda::EventSourceMapping").length,
  };
};

const variablesOf = ({ Properties = {} }: Template["Resources"][string]): Record<string, unknown> =>
  (Properties["Environment"] as { Variables?: Record<string, unknown> } | undefined)?.Variables ?? {};

// A schedule with a calendar runs a few times a month: it costs nothing.
const runsOf = (expression: string): number | undefined => {
  const [, count, unit = ""] = /^rate\((\d+) (minute|hour)s?\)$/.exec(expression) ?? [];
  return count === undefined ? undefined : (HOURS_A_MONTH * (unit === "hour" ? 1 : 60)) / Number(count);
};

// As `cdk synth` does it, without bundling the functions: their code costs nothing.
const templatesOf = (settings: unknown): Template[] => {
  const parsed = parseConfig(settings);
  if (!parsed.ok) throw new Error(describeProblems(parsed.problems));
  const cdk = JSON.parse(readFileSync(join(import.meta.dirname, "..", "..", "cdk.json"), "utf8")) as {
    context: object;
  };
  const outdir = mkdtempSync(join(tmpdir(), "license-server-cost-"));
  try {
    const context = { ...cdk.context, "aws:cdk:bundling-stacks": [], "aws:cdk:disable-stack-trace": true };
    const app = new App({ outdir, builtinCloudFormationValidation: false, treeMetadata: false, context });
    const { data, service } = addLicenseServer(app, parsed.config);
    const assembly = app.synth();
    return [data, service].map(({ artifactId }) => assembly.getStackArtifact(artifactId).template as Template);
  } finally {
    rmSync(outdir, { recursive: true });
  }
};
