import { CfnOutput, Stack, type StackProps, Tags } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { FUNCTIONS, type FunctionName, type FunctionSpec, JOBS } from "../shared/contract/functions.ts";
import { addJiraAlarms } from "./alarms/jira-alarms.ts";
import { addJobAlarms } from "./alarms/job-alarms.ts";
import { MetricsDashboard } from "./alarms/metrics-dashboard.ts";
import { addPipeAlarms } from "./alarms/pipe-alarms.ts";
import { addQueueAlarms } from "./alarms/queue-alarms.ts";
import { addFrontAlarms, addRequestAlarms } from "./alarms/request-alarms.ts";
import { addTableAlarms } from "./alarms/table-alarms.ts";
import type { DeployConfig } from "./config.ts";
import { Alarms } from "./constructs/alarms.ts";
import { CustomDomain, customDomainUrl } from "./constructs/custom-domain.ts";
import { DeadLetterQueue } from "./constructs/dead-letter-queue.ts";
import { EventsPipe } from "./constructs/events-pipe.ts";
import type { Front, Fronts } from "./constructs/front.ts";
import { HandlerFunction } from "./constructs/handler-function.ts";
import { JiraReports } from "./constructs/jira-reports.ts";
import { JobSchedule } from "./constructs/job-schedule.ts";
import { PrivateApi } from "./constructs/private-api.ts";
import { ServerApi } from "./constructs/server-api.ts";
import type { DataStack } from "./data-stack.ts";
import { functionSettings } from "./function-settings.ts";
import { hasEvents } from "./has-events.ts";
import { jobRuns } from "./job-runs.ts";
import { pascalCase } from "./pascal-case.ts";

/** The functions that call something outside of AWS. */
const CALLS_OUT: readonly FunctionName[] = ["jira"];

const networkOf = ({ network: { subnetIds, securityGroupIds } }: DeployConfig) =>
  subnetIds.length === 0 ? undefined : { subnetIds, securityGroupIds };

/** The tag of the functions that may act for an administrator. */
const ADMIN_TAG = "license-server:admin";

/** The functions that decide about seats or write what sessions hold. */
const OBEY_SEAT_RULES = ["heartbeat", "sessions", "admin", "reaper"] as const satisfies FunctionName[];

/** What can be deleted and deployed again without loss: the functions, their schedules and the API. */
export class ServiceStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & { config: DeployConfig; data: DataStack }) {
    const { config, data, ...stackProps } = props;
    super(scope, id, { description: "mirrord license server: functions and API", ...stackProps });
    this.addStackDependency(data, "It reads the outputs of the data stack.");
    const names = Object.keys(FUNCTIONS) as FunctionName[];
    const deadLetters = new DeadLetterQueue(this, "DeadLetters");
    const handlers = Object.fromEntries(
      names.map((name) => [name, this.#addFunction(name, config, data, deadLetters)]),
    ) as Record<FunctionName, HandlerFunction>;
    // It puts new rules of seats into force, so the functions that obey them are updated before it.
    for (const name of OBEY_SEAT_RULES) handlers.seatJob.lambda.node.addDependency(handlers[name].lambda);
    for (const name of JOBS) {
      const runs = jobRuns(name, config);
      if (runs !== undefined)
        new JobSchedule(this, `${pascalCase(name)}Schedule`, { name, handler: handlers[name], runs });
    }
    const { table, bus } = data;
    const pipe = hasEvents(config)
      ? new EventsPipe(this, "EventsPipe", { table, bus, events: handlers.events })
      : undefined;
    const jira =
      config.jira === undefined
        ? undefined
        : new JiraReports(this, "JiraReports", { bus, jira: handlers.jira, secret: config.jira });
    // For a policy that lets only some people invoke it: any other developer could make tokens (docs/deploy.md).
    Tags.of(handlers.token.lambda).add(ADMIN_TAG, "true");
    new CfnOutput(this, "TokenFunctionName", {
      value: handlers.token.lambda.functionName,
      description: "The function that creates, lists and revokes access tokens",
    });
    const fronts = this.#addFronts(config, handlers);
    this.#addAlarms(config, data, handlers, { fronts, pipe, jira });
  }

  /** Adds the public front, the private one, or both, and returns them in this order. */
  #addFronts(config: DeployConfig, handlers: Readonly<Record<FunctionName, HandlerFunction>>): Fronts {
    const { network, throttle, publicUrl, tracing } = config;
    const { logsDays } = config.retention;
    const open = network.mode === "private" ? undefined : this.#addPublicFront(config, handlers);
    const closed =
      network.mode === "public"
        ? undefined
        : new PrivateApi(this, "Private", { handlers, network, throttle, logsDays, tracing });
    const front = open ?? closed;
    if (front === undefined) throw new Error("a server has a public or a private front");
    new CfnOutput(this, "ApiUrl", {
      value: publicUrl ?? front.url,
      description: "The URL of the server, for license.licenseServer in Helm values",
    });
    if (closed !== undefined)
      new CfnOutput(this, "PrivateApiUrl", {
        value: closed.url,
        description: "The URL of the server from networks that reach the VPC endpoint",
      });
    return open === undefined || closed === undefined ? [front] : [open, closed];
  }

  #addPublicFront(config: DeployConfig, handlers: Readonly<Record<FunctionName, HandlerFunction>>): Front {
    const { customDomain } = config;
    const api = new ServerApi(this, "Http", {
      handlers,
      throttle: config.throttle,
      logsDays: config.retention.logsDays,
      // With a custom domain the AWS host name is off, so that nobody can bypass a firewall in front of the domain.
      defaultEndpoint: customDomain?.keepDefaultEndpoint ?? true,
    });
    if (customDomain === undefined) return { api: api.api, url: api.api.apiEndpoint };
    const domain = new CustomDomain(this, "Domain", { config: customDomain, api });
    new CfnOutput(this, "DomainTarget", {
      value: domain.target,
      description: "The host name that the DNS record of the custom domain must point to",
    });
    return { api: api.api, url: customDomainUrl(customDomain) };
  }

  #addAlarms(
    config: DeployConfig,
    { table, notifications }: DataStack,
    handlers: Readonly<Record<FunctionName, HandlerFunction>>,
    { fronts, pipe, jira }: { fronts: Fronts; pipe: EventsPipe | undefined; jira: JiraReports | undefined },
  ): void {
    const [api, closed] = fronts;
    if (config.alarms.dashboard) new MetricsDashboard(this, "Overview", { config, handlers, api, table, within: this });
    if (!config.alarms.enabled) return;
    const alarms = new Alarms(this, "Alarms", { prefix: config.stackPrefix, topicArn: notifications.topicArn });
    addFrontAlarms(alarms, config, { front: api });
    if (closed !== undefined) addFrontAlarms(alarms, config, { front: closed, prefix: "Private" });
    addRequestAlarms(alarms, config, handlers.token);
    addJobAlarms(alarms, handlers.watch);
    addQueueAlarms(alarms, this);
    if (pipe !== undefined) addPipeAlarms(alarms, pipe);
    if (jira !== undefined) addJiraAlarms(alarms, jira);
    addTableAlarms(alarms, table);
  }

  #addFunction(
    name: FunctionName,
    config: DeployConfig,
    data: DataStack,
    { queue: deadLetters }: DeadLetterQueue,
  ): HandlerFunction {
    const spec: FunctionSpec = FUNCTIONS[name];
    const concurrency: Partial<Record<FunctionName, number>> = config.concurrency;
    const fn = new HandlerFunction(this, pascalCase(name), {
      name,
      logLevel: config.logLevel,
      logsDays: config.retention.logsDays,
      tracing: config.tracing,
      concurrency: concurrency[name],
      deadLetters,
      network: CALLS_OUT.includes(name) ? networkOf(config) : undefined,
    });
    for (const [variable, value] of functionSettings(name, config)) fn.configure(variable, value);
    if (spec.table !== undefined) data.table.grant(fn, spec.table);
    if (spec.bucket !== undefined) data.reports.grant(fn, spec.bucket);
    if (spec.bucketOrigin !== undefined) data.reports.configureOrigin(fn);
    if (spec.topic !== undefined) data.notifications.grantPublish(fn);
    for (const secret of spec.secrets) data.secrets[secret].grantRead(fn);
    return fn;
  }
}
