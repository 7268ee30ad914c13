import { RE2JS, RE2JSSyntaxException } from "re2js";

/** A compiled regular expression. */
export type Pattern = {
  /** The text without any of the matches. */
  removeFrom: (text: string) => string;
};

export type PatternReading = { ok: true; pattern: Pattern } | { ok: false; reason: string };

/** The longest pattern, in characters. */
export const MAX_PATTERN_LENGTH = 200;
/** The largest compiled pattern. Time grows with it: at this size a name of 253 characters needs about 10 ms. */
const MAX_INSTRUCTIONS = 500;

/**
 * Compiles a regular expression in RE2 syntax. A match takes time linear in the text, whatever pattern and text are, so
 * no name can block the process. The reason of a failure completes "<setting> …" and repeats nothing of the pattern.
 */
export const compilePattern = (source: string): PatternReading => {
  if (source === "" || source.length > MAX_PATTERN_LENGTH)
    return { ok: false, reason: `must be a regular expression of 1 to ${MAX_PATTERN_LENGTH} characters` };
  const compiled = compile(source);
  if (typeof compiled === "string")
    return { ok: false, reason: `must be a regular expression in RE2 syntax, without look-around: ${compiled}` };
  if (compiled.programSize() > MAX_INSTRUCTIONS)
    return { ok: false, reason: "must be a smaller regular expression: its repetitions multiply" };
  return { ok: true, pattern: { removeFrom: (text) => compiled.matcher(text).replaceAll("") } };
};

/** What is wrong with a regular expression, as `compilePattern` says it; undefined for a good one. */
export const patternFault = (source: string): string | undefined => {
  const reading = compilePattern(source);
  return reading.ok ? undefined : reading.reason;
};

const compile = (source: string): RE2JS | string => {
  try {
    // Configured patterns were ECMAScript's at first. The two differ in a few escapes, which this translates.
    return RE2JS.compile(RE2JS.translateRegExp(source));
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return error.error;
    throw error;
  }
};
