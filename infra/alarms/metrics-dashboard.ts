import { Duration } from "aws-cdk-lib";
import {
  Dashboard,
  GraphWidget,
  type GraphWidgetProps,
  type IMetric,
  type IWidget,
  PeriodOverride,
  TextWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import { FUNCTIONS, type FunctionName, type FunctionSpec } from "../../shared/contract/functions.ts";
import type { MetricName } from "../../shared/contract/metrics.ts";
import type { DeployConfig } from "../config.ts";
import type { Front } from "../constructs/front.ts";
import type { HandlerFunction } from "../constructs/handler-function.ts";
import type { ServerTable } from "../constructs/server-table.ts";
import { ownMetric, type Statistic } from "../own-metric.ts";
import { deadLetterQueuesIn } from "./queue-alarms.ts";

export type MetricsDashboardProps = {
  config: DeployConfig;
  handlers: Readonly<Record<FunctionName, HandlerFunction>>;
  api: Front;
  table: ServerTable;
  /** The construct that contains the dead-letter queues. */
  within: Construct;
};

/** The functions that operators call all day. */
const OPERATOR_FACING = ["license", "heartbeat", "sessions"] as const satisfies readonly FunctionName[];
const COLUMNS = 24;
const FIVE_MINUTES = Duration.minutes(5);

/** A deployment at a glance: demand, license, seats, jobs, table. At most 50 metrics, the limit of a free dashboard. */
export class MetricsDashboard extends Construct {
  constructor(scope: Construct, id: string, props: MetricsDashboardProps) {
    super(scope, id);
    const dashboard = new Dashboard(this, "Resource", {
      dashboardName: props.config.stackPrefix,
      periodOverride: PeriodOverride.INHERIT,
      defaultInterval: Duration.days(1),
    });
    for (const [title, widgets] of rowsOf(props)) {
      dashboard.addWidgets(new TextWidget({ markdown: `## ${title}`, width: COLUMNS, height: 1 }));
      dashboard.addWidgets(...widgets);
    }
  }
}

const rowsOf = (props: MetricsDashboardProps): [title: string, widgets: IWidget[]][] => {
  const own = (name: MetricName, statistic: Statistic, period = FIVE_MINUTES) =>
    ownMetric(props.config.stackPrefix, name, statistic, period);
  const hourly = (name: MetricName) => own(name, "Maximum", Duration.hours(1));
  return [
    ["Demand", demand(props, own)],
    [
      "License",
      row([
        ["Time left (s)", [own("LicenseSecondsLeft", "Minimum", Duration.hours(1))]],
        ["License valid, previous license served", [own("LicenseValid", "Minimum"), own("LicenseFallback", "Maximum")]],
        ["Operators", [hourly("OperatorsActive"), hourly("OperatorsStale")]],
      ]),
    ],
    [
      "Seats",
      row([
        ["Seats", [hourly("SeatsUsed"), hourly("SeatsMax"), hourly("SeatsOverage")]],
        ["Seats used (%)", [hourly("SeatsUsedPercent")]],
        ["Denials", [own("SeatDenials", "Sum")]],
      ]),
    ],
    ["Jobs", jobs(props, hourly)],
    ["Table", tableRow(props.table, own)],
  ];
};

type Own = (name: MetricName, statistic: Statistic) => IMetric;

const demand = ({ api, handlers }: MetricsDashboardProps, own: Own): IWidget[] => {
  const { api: http } = api;
  const sum = { statistic: "Sum", period: FIVE_MINUTES };
  return row([
    ["Requests", [http.metricCount(sum), http.metricClientError(sum), http.metricServerError(sum)]],
    [
      "Latency p99 (ms)",
      OPERATOR_FACING.map((name) =>
        handlers[name].lambda.metricDuration({ statistic: "p99", period: FIVE_MINUTES, label: name }),
      ),
    ],
    [
      "Errors",
      [own("Unavailable", "Sum"), own("Defects", "Sum"), own("WrongCredentials", "Sum"), own("SlowRequests", "Sum")],
    ],
    [
      "Functions: errors and throttles",
      OPERATOR_FACING.flatMap((name) => [
        handlers[name].lambda.metricErrors({ ...sum, label: `${name}: errors` }),
        handlers[name].lambda.metricThrottles({ ...sum, label: `${name}: throttles` }),
      ]),
    ],
  ]);
};

const jobs = ({ handlers, within }: MetricsDashboardProps, hourly: (name: MetricName) => IMetric): IWidget[] => {
  const names = (Object.keys(FUNCTIONS) as FunctionName[]).filter((name) => {
    const spec: FunctionSpec = FUNCTIONS[name];
    return spec.schedule !== undefined;
  });
  return row([
    ["Runs", names.map((name) => runsOf(handlers[name], name))],
    ["Delay (s)", [hourly("DayCloseLagSeconds"), hourly("ReportOverdueSeconds")]],
    [
      "Messages in dead-letter queues",
      deadLetterQueuesIn(within).map(({ queue, node }) =>
        queue.metricApproximateNumberOfMessagesVisible({
          statistic: "Maximum",
          period: FIVE_MINUTES,
          label: node.scope === within ? "jobs" : (node.scope?.node.id ?? node.id),
        }),
      ),
    ],
  ]);
};

const runsOf = ({ lambda }: HandlerFunction, label: string): IMetric =>
  lambda.metricInvocations({ statistic: "Sum", period: Duration.hours(1), label });

const tableRow = (table: ServerTable, own: Own): IWidget[] => {
  const sum = { statistic: "Sum", period: FIVE_MINUTES };
  return row([
    [
      "Consumed units",
      [table.metric("ConsumedReadCapacityUnits", sum), table.metric("ConsumedWriteCapacityUnits", sum)],
    ],
    [
      "Throttled",
      [
        table.metric("ReadThrottleEvents", { ...sum, label: "reads" }),
        table.metric("WriteThrottleEvents", { ...sum, label: "writes" }),
        table.indexMetric("ReadThrottleEvents", { ...sum, label: "index: reads" }),
        table.indexMetric("WriteThrottleEvents", { ...sum, label: "index: writes" }),
      ],
    ],
    [
      "Deferred and refused work",
      [
        own("EventsLeft", "Sum"),
        own("Reconciliations", "Sum"),
        own("ListsRefused", "Sum"),
        own("InstanceIdsShared", "Sum"),
      ],
    ],
  ]);
};

const row = (graphs: readonly [title: string, metrics: IMetric[]][]): IWidget[] =>
  graphs.map(([title, left]) => {
    const props: GraphWidgetProps = {
      title,
      left,
      width: COLUMNS / graphs.length,
      leftYAxis: { min: 0, showUnits: false },
    };
    return new GraphWidget(props);
  });
