import { METRICS, METRICS_NAMESPACE, type MetricName } from "../contract/metrics.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Record<string, unknown>;

export type Logger = Record<LogLevel, (message: string, fields?: LogFields) => void> & {
  /** A logger that adds these fields to every line. */
  with(fields: LogFields): Logger;
  /** Counts one for a CloudWatch metric, in a line of its own (CloudWatch embedded metric format). */
  count(metric: MetricName, fields?: LogFields): void;
};

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/**
 * One JSON line per event. `JSON.stringify` escapes line breaks and control characters, so nothing a caller sends can
 * forge a line. Our own few lines instead of a logging library: a hot function's cold start is mostly imports.
 */
export const createLogger = (
  level: LogLevel,
  write: (line: string) => void = writeLine,
  now: () => number = Date.now,
  fixed: LogFields = {},
): Logger => {
  const log = (at: LogLevel) => (message: string, fields?: LogFields) => {
    if (LEVELS.indexOf(at) < LEVELS.indexOf(level)) return;
    const line = { timestamp: new Date(now()).toISOString(), level: at.toUpperCase(), message, ...fixed, ...fields };
    write(JSON.stringify(line, plainErrors));
  };
  const count = (metric: MetricName, fields?: LogFields) => {
    const _aws = {
      Timestamp: now(),
      CloudWatchMetrics: [
        { Namespace: METRICS_NAMESPACE, Dimensions: [[]], Metrics: [{ Name: metric, Unit: "Count" }] },
      ],
    };
    const line = {
      timestamp: new Date(now()).toISOString(),
      level: "INFO",
      message: METRICS[metric],
      ...fixed,
      ...fields,
    };
    write(JSON.stringify({ ...line, _aws, [metric]: 1 }));
  };
  return {
    count,
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
    with: (fields) => createLogger(level, write, now, { ...fixed, ...fields }),
  };
};

const writeLine = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

// Errors have no enumerable fields; SDK errors have too many, and may carry request data. Name, text and stack suffice,
// and those of what caused them.
const plainErrors = (_key: string, value: unknown): unknown => {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { name, message, stack, ...(cause instanceof Error ? { cause } : {}) };
};
