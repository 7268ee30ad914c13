import type { EpochMs } from "../shared/contract/time.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Record<string, unknown>;
export type Log = Record<LogLevel, (message: string, fields?: LogFields) => void>;

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

// Characters that JSON does not escape and that can break a line, move a terminal's cursor or reorder text.
const DISTURBING = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Writes one JSON line per fact, from a level on. */
export const createLog = (level: LogLevel, write: (line: string) => void, now: () => EpochMs): Log => {
  const at =
    (name: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (LEVELS.indexOf(name) < LEVELS.indexOf(level)) return;
      const line = { timestamp: new Date(now()).toISOString(), level: name.toUpperCase(), message, ...fields };
      write(JSON.stringify(line).replace(DISTURBING, escaped));
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
};

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
