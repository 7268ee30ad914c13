import { METRICS, METRICS_DIMENSION, METRICS_NAMESPACE, type MetricName } from "../contract/metrics.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Record<string, unknown>;

export type Logger = Record<LogLevel, (message: string, fields?: LogFields) => void> & {
  /** A logger that adds these fields to every line. */
  with(fields: LogFields): Logger;
  /** Counts one for a CloudWatch metric, in a line of its own. */
  count(metric: MetricName, fields?: LogFields): void;
  /**
   * Tells CloudWatch what its metrics are now, all in one line of their own; those that are undefined it is not told. Where
   * nobody takes metrics from the log, there is no such line.
   */
  measure(message: string, values: MetricValues): void;
};

export type MetricValues = Readonly<Partial<Record<MetricName, number | undefined>>>;

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/**
 * One JSON line per event. What could break a line, move a terminal's cursor or reorder what is read stands escaped in it,
 * so nothing a caller sends can forge a line. Metrics stand in lines of their own that every level lets pass, in the form
 * that CloudWatch takes them from, where a deployment is named. Our own few lines instead of a logging library: a hot
 * function's cold start is mostly imports.
 */
export const createLogger = (
  level: LogLevel,
  write: (line: string) => void = writeLine,
  now: () => number = Date.now,
  fixed: LogFields = {},
  deployment?: string,
): Logger => {
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
    if (deployment === undefined || Object.values(values).every((value) => value === undefined)) return;
    write(textOf({ ...lineOf("info", message), ...emf(deployment, values, now()) }));
  };
  return {
    count,
    measure,
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
    with: (fields) => createLogger(level, write, now, { ...fixed, ...fields }, deployment),
  };
};

// CloudWatch user guide, "Specification: Embedded metric format".
const emf = (deployment: string | undefined, values: MetricValues, now: number): LogFields => {
  if (deployment === undefined) return values;
  const names = (Object.keys(values) as MetricName[]).filter((name) => values[name] !== undefined);
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

const textOf = (line: LogFields): string =>
  JSON.stringify(line, plainErrors).replace(
    DISTURBING,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

// What JSON leaves as it is and a log's reader may not: DEL and the C1 controls, of which U+009B begins a terminal's escape
// sequence as ESC does, Unicode's line separators, and the controls of writing direction.
const DISTURBING = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

// Errors have no enumerable fields; SDK errors have too many, and may carry request data. Name, text and stack suffice,
// and those of what caused them.
const plainErrors = (_key: string, value: unknown): unknown => {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { name, message, stack, ...(cause instanceof Error ? { cause } : {}) };
};
