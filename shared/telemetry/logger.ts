import {
  type EmittedMetric,
  METRICS,
  METRICS_DIMENSION,
  METRICS_NAMESPACE,
  type MetricName,
} from "../contract/metrics.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Record<string, unknown>;

export type Logger = Record<LogLevel, (message: string, fields?: LogFields) => void> & {
  /** A logger that adds these fields to every line. */
  with(fields: LogFields): Logger;
  /** Adds one to a CloudWatch metric, in a line of its own. */
  count(metric: MetricName, fields?: LogFields): void;
  /**
   * Writes the current values of CloudWatch metrics, in one line of their own. Values that are undefined or that nobody wants
   * are left out. Without a deployment's name, nothing is written.
   */
  measure(message: string, values: MetricValues): void;
};

export type MetricValues = Readonly<Partial<Record<MetricName, number | undefined>>>;

/** Which metrics are written: none without a deployment's name, and those that are sent every hour on request. */
export type MetricsWanted = { deployment?: string | undefined; hourly?: boolean };

const isHourly = (name: MetricName): boolean => {
  const metric: EmittedMetric = METRICS[name];
  return metric.hourly === true;
};

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/**
 * Writes one JSON line per event. Characters that could break a line, move a terminal's cursor or reorder text are escaped,
 * so no caller can forge a line. Metrics have lines of their own, at every level, in CloudWatch's embedded metric format if
 * the deployment has a name. This replaces a logging library, because a hot function's cold start is mostly imports.
 */
export const createLogger = (
  level: LogLevel,
  write: (line: string) => void = writeLine,
  now: () => number = Date.now,
  fixed: LogFields = {},
  metrics: MetricsWanted = {},
): Logger => {
  const { deployment, hourly = false } = metrics;
  const isWanted = (name: MetricName): boolean => hourly || !isHourly(name);
  const lineOf = (at: LogLevel, message: string, fields?: LogFields) => ({
    timestamp: new Date(now()).toISOString(),
    level: at.toUpperCase(),
    message,
    ...fixed,
    ...fields,
  });
  const log = (at: LogLevel) => (message: string, fields?: LogFields) => {
    if (LEVELS.indexOf(at) < LEVELS.indexOf(level)) return;
    write(textOf(lineOf(at, message, fields)));
  };
  const count = (metric: MetricName, fields?: LogFields) => {
    write(textOf({ ...lineOf("info", METRICS[metric].help, fields), ...emf(deployment, { [metric]: 1 }, now()) }));
  };
  const measure = (message: string, values: MetricValues) => {
    const wanted = Object.fromEntries(
      Object.entries(values).filter(([name, value]) => value !== undefined && isWanted(name as MetricName)),
    );
    if (deployment === undefined || Object.keys(wanted).length === 0) return;
    write(textOf({ ...lineOf("info", message), ...emf(deployment, wanted, now()) }));
  };
  return {
    count,
    measure,
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
    with: (fields) => createLogger(level, write, now, { ...fixed, ...fields }, metrics),
  };
};

// CloudWatch user guide, "Specification: Embedded metric format".
const emf = (deployment: string | undefined, values: MetricValues, now: number): LogFields => {
  if (deployment === undefined) return values;
  const names = Object.keys(values) as MetricName[];
  const directive = {
    Namespace: METRICS_NAMESPACE,
    Dimensions: [[METRICS_DIMENSION]],
    Metrics: names.map((name) => ({ Name: name, Unit: METRICS[name].unit })),
  };
  return { _aws: { Timestamp: now, CloudWatchMetrics: [directive] }, [METRICS_DIMENSION]: deployment, ...values };
};

const writeLine = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const textOf = (line: LogFields): string => {
  const text = mayHoldErrors(line) ? JSON.stringify(line, plainErrors) : JSON.stringify(line);
  return text.replace(DISTURBING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
};

// Without a replacer, which is called for every field, JSON is made several times as fast.
const mayHoldErrors = (line: LogFields): boolean =>
  Object.values(line).some((value) => typeof value === "object" && value !== null);

// Characters that JSON does not escape and that can disturb a log's reader. These are DEL and the C1 controls (U+009B
// begins a terminal's escape sequence, as ESC does), Unicode's line separators, and the controls of writing direction.
const DISTURBING = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

// Errors have no enumerable fields. SDK errors have too many, which may contain request data. Name, message, stack and
// cause are enough.
const plainErrors = (_key: string, value: unknown): unknown => {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { name, message, stack, ...(cause instanceof Error ? { cause } : {}) };
};
