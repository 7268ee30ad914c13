import { resourcesOf, type Template } from "../infra/synth.ts";

/** What CloudWatch is told of a metric at a moment. A dimension's value may be a reference of the template. */
export type Datum = {
  namespace: string;
  metric: string;
  dimensions: Record<string, unknown>;
  at: number;
  value: number;
};

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

type Properties = {
  AlarmName: string;
  AlarmDescription: string;
  AlarmActions: unknown[];
  Namespace: string;
  MetricName: string;
  Dimensions?: { Name: string; Value: unknown }[];
  Statistic?: string;
  ExtendedStatistic?: string;
  Period: number;
  EvaluationPeriods: number;
  DatapointsToAlarm?: number;
  Threshold: number;
  ComparisonOperator: string;
  TreatMissingData?: string;
};

/** An alarm as a template has it. */
export type TemplateAlarm = { name: string; properties: Properties };

/** The alarms of a template by name, without what their names begin with. */
export const alarmsOf = (template: Template, prefix = "LicenseServer-"): Map<string, TemplateAlarm> =>
  new Map(
    resourcesOf(template, "AWS::CloudWatch::Alarm").map(([, { Properties: properties }]) => {
      const known = properties as Properties;
      if (known.MetricName === undefined) throw new Error(`${known.AlarmName} is over an expression`);
      const name = known.AlarmName.replace(prefix, "");
      return [name, { name, properties: known }];
    }),
  );

/**
 * The state of an alarm over the periods that end with the one `until` lies in (CloudWatch user guide, "Alarm evaluation" and
 * "Configuring how alarms treat missing data"). CloudWatch looks back a little further where data is missing; the data here is
 * complete.
 */
export const evaluate = (
  { properties }: TemplateAlarm,
  data: readonly Datum[],
  until: number,
  before: AlarmState = "OK",
): AlarmState => {
  const { Period, EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods, TreatMissingData = "missing" } = properties;
  const length = Period * 1_000;
  const last = Math.floor(until / length);
  const ours = data.filter((datum) => isOf(properties, datum));
  const points = Array.from({ length: EvaluationPeriods }, (_, index) => {
    const values = ours.filter(({ at }) => Math.floor(at / length) === last - index).map(({ value }) => value);
    return values.length === 0 ? undefined : breaches(properties, statisticOf(properties, values));
  });
  if (points.every((point) => point === undefined)) {
    if (TreatMissingData === "ignore") return before;
    if (TreatMissingData === "missing") return "INSUFFICIENT_DATA";
  }
  const breaching = points.filter((point) => point ?? TreatMissingData === "breaching").length;
  return breaching >= DatapointsToAlarm ? "ALARM" : "OK";
};

/** What a line of a log tells CloudWatch (CloudWatch user guide, "Specification: Embedded metric format"). */
export const emittedBy = (line: Record<string, unknown>): Datum[] => {
  const emf = line["_aws"] as Emf | undefined;
  return (emf?.CloudWatchMetrics ?? []).flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) =>
      Metrics.map(({ Name }): Datum => {
        const value = line[Name];
        if (typeof value !== "number") throw new Error(`${Name} has no number`);
        const dimensions = Object.fromEntries(names.map((name) => [name, line[name]]));
        return { namespace: Namespace, metric: Name, dimensions, at: emf?.Timestamp ?? Number.NaN, value };
      }),
    ),
  );
};

type Emf = {
  Timestamp: number;
  CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] }[];
};

const isOf = ({ Namespace, MetricName, Dimensions = [] }: Properties, datum: Datum): boolean => {
  const wanted = Dimensions.map(({ Name, Value }) => `${Name}=${JSON.stringify(Value)}`).sort();
  const has = Object.entries(datum.dimensions).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return datum.namespace === Namespace && datum.metric === MetricName && has.sort().join() === wanted.join();
};

const statisticOf = ({ Statistic, ExtendedStatistic }: Properties, values: readonly number[]): number => {
  switch (Statistic ?? ExtendedStatistic) {
    case "Sum":
      return values.reduce((sum, value) => sum + value, 0);
    case "Minimum":
      return Math.min(...values);
    case "Maximum":
      return Math.max(...values);
    case "p99": {
      const sorted = values.toSorted((one, other) => one - other);
      return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
    }
    default:
      throw new Error(`no such statistic here: ${Statistic ?? ExtendedStatistic}`);
  }
};

const breaches = ({ ComparisonOperator, Threshold }: Properties, value: number): boolean => {
  switch (ComparisonOperator) {
    case "LessThanThreshold":
      return value < Threshold;
    case "GreaterThanThreshold":
      return value > Threshold;
    case "GreaterThanOrEqualToThreshold":
      return value >= Threshold;
    default:
      throw new Error(`no such comparison here: ${ComparisonOperator}`);
  }
};
