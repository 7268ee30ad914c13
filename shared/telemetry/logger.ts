export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Record<string, unknown>;

export type Logger = Record<LogLevel, (message: string, fields?: LogFields) => void> & {
  /** A logger that adds these fields to every line. */
  with(fields: LogFields): Logger;
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
  return {
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

// Errors have no enumerable fields; SDK errors have too many, and may carry request data. Name, text and stack suffice.
const plainErrors = (_key: string, value: unknown): unknown =>
  value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value;
