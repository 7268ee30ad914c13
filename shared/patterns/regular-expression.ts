import { RE2JS, RE2JSSyntaxException } from "re2js";

/** A compiled regular expression. */
export type Pattern = {
  /** The text without the matches. Those beyond the most that a pattern of this size removes stay in it. */
  removeFrom: (text: string) => string;
};

export type PatternReading = { ok: true; pattern: Pattern } | { ok: false; reason: string };

/** The longest pattern, in characters. */
export const MAX_PATTERN_LENGTH = 200;
/** The largest compiled pattern. The time of a search grows with it. */
const MAX_INSTRUCTIONS = 500;
/**
 * How many matches are removed from a text, times the size of the pattern. Each search may read the text to its end and
 * match a single character, so removing all matches would take time that grows with the square of the text's length. Within
 * this a name of 253 characters needs about 10 ms at most. A pattern of up to 7 instructions removes all of its matches.
 */
const MAX_SEARCHES_BY_SIZE = 2_000;

/**
 * Compiles a regular expression in RE2 syntax. Whatever pattern and text are, a search takes time linear in the text, and
 * the number of searches is bounded, so no name can block the process. The reason of a failure completes "<setting> …" and repeats nothing of the pattern.
 */
export const compilePattern = (source: string): PatternReading => {
  if (source === "" || source.length > MAX_PATTERN_LENGTH)
    return { ok: false, reason: `must be a regular expression of 1 to ${MAX_PATTERN_LENGTH} characters` };
  const compiled = compile(source);
  if (typeof compiled === "string")
    return { ok: false, reason: `must be a regular expression in RE2 syntax, without look-around: ${compiled}` };
  if (compiled.programSize() > MAX_INSTRUCTIONS)
    return { ok: false, reason: "must be a smaller regular expression: its repetitions multiply" };
  const mostMatches = Math.floor(MAX_SEARCHES_BY_SIZE / compiled.programSize());
  return { ok: true, pattern: { removeFrom: (text) => withoutMatches(compiled, text, mostMatches) } };
};

const withoutMatches = (compiled: RE2JS, text: string, most: number): string => {
  const matcher = compiled.matcher(text);
  let rest = "";
  let end = 0;
  for (let matches = 0; matches < most && matcher.find(); matches += 1) {
    rest += text.slice(end, matcher.start());
    end = matcher.end();
  }
  return rest + text.slice(end);
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
