import { RE2JS, RE2JSSyntaxException } from "re2js";

/** A regular expression of a policy. An operator reads it with another engine than this server. */
export type PolicyPattern = {
  /** Why operators may read it differently, to complete "<path> …". Undefined in the part that both read alike. */
  doubt: string | undefined;
  /** Instructions of the compiled pattern. The time to compile it and to search grows with them. */
  size: number;
  /** Whether some part of the text matches; undefined if only an operator knows. Linear in the text. */
  matches: (text: string) => boolean | undefined;
};

export type PolicyPatternReading = { ok: true; pattern: PolicyPattern } | { ok: false; reason: string };

/** The longest pattern, in characters. */
export const MAX_POLICY_PATTERN = 1_000;
/** The largest compiled pattern. The time of a search grows with it. */
const MAX_INSTRUCTIONS = 2_000;

/**
 * Reads a regular expression of a policy. One that uses what only one of the two dialects has, or what they read differently,
 * is good, and matches nothing for certain.
 */
export const readPolicyPattern = (source: string): PolicyPatternReading => {
  if (source === "" || source.length > MAX_POLICY_PATTERN)
    return { ok: false, reason: `must be a regular expression of 1 to ${MAX_POLICY_PATTERN} characters` };
  const { doubt, asciiOnly } = dialectOf(source);
  if (doubt !== undefined)
    return { ok: true, pattern: { doubt: doubtMessage(doubt), size: 0, matches: () => undefined } };
  const compiled = compile(source);
  if (typeof compiled === "string") return { ok: false, reason: `must be a regular expression: ${compiled}` };
  if (compiled.programSize() > MAX_INSTRUCTIONS)
    return { ok: false, reason: "must be a smaller regular expression: its repetitions multiply" };
  return {
    ok: true,
    pattern: {
      doubt: undefined,
      size: compiled.programSize(),
      matches: (text) => (asciiOnly && !isAscii(text) ? undefined : compiled.matcher(text).find()),
    },
  };
};

/** Why operators may read a pattern differently, as `readPolicyPattern` says it. It compiles nothing. */
export const policyPatternDoubt = (source: string): string | undefined => {
  const { doubt } = dialectOf(source);
  return doubt === undefined ? undefined : doubtMessage(doubt);
};

const doubtMessage = (doubt: string): string =>
  `uses ${doubt}. The server cannot evaluate it, so verdicts that depend on it are unknown`;

const isAscii = (text: string): boolean => {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
};

const compile = (source: string): RE2JS | string => {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return error.error;
    throw error;
  }
};

type Dialect = { doubt: string | undefined; asciiOnly: boolean };

const LOOK_AROUND = "look-around";
const BACK_REFERENCE = "a back-reference";
const CLASS_OPERATION = "an operation of character classes";
const REPETITION = "a repetition that the dialects read differently";
const ESCAPE = "an escape that the dialects read differently";
const GROUP = "a kind of group that the dialects read differently";

/** Escapes of one letter whose meaning is the same for ASCII text alone. */
const ASCII_ALIKE = "dDwWsSbBpP";
/** Escapes that only one of the dialects has. */
const OF_ONE_DIALECT = "ZhHRXKGeuUQEC<>0";

// One pass over the pattern. It looks for what the dialects do not share, and leaves faults to the compiler.
const dialectOf = (source: string): Dialect => {
  const found: Dialect = { doubt: undefined, asciiOnly: false };
  const doubt = (what: string): void => {
    found.doubt ??= what;
  };
  let isRepeated = false;
  for (let at = 0; at < source.length; ) {
    const character = source.charAt(at);
    const wasRepeated: boolean = isRepeated;
    isRepeated = false;
    if (character === "\\") {
      at = readEscape(source, at, found, doubt);
    } else if (character === "[") {
      at = readClass(source, at, found, doubt);
    } else if (source.startsWith("(?", at)) {
      readGroup(source.slice(at + 2, at + 32), doubt);
      at += 2;
    } else if (character === "{") {
      const length = /^\{\d{1,4}(?:,\d{0,4})?\}/.exec(source.slice(at, at + 12))?.[0].length;
      if (length === undefined || wasRepeated) doubt(REPETITION);
      isRepeated = true;
      at += length ?? 1;
    } else if (character === "*" || character === "+" || character === "?") {
      // A question mark after a repetition makes it lazy, in both.
      if (wasRepeated && character !== "?") doubt(REPETITION);
      isRepeated = !(wasRepeated && character === "?");
      at += 1;
    } else at += 1;
  }
  return found;
};

type Doubt = (what: string) => void;

/** Reads an escape at `at`, and returns where the text after it begins. */
const readEscape = (source: string, at: number, found: Dialect, doubt: Doubt): number => {
  const letter = source.charAt(at + 1);
  if (/[1-9kg]/.test(letter)) doubt(BACK_REFERENCE);
  if (letter !== "" && OF_ONE_DIALECT.includes(letter)) doubt(ESCAPE);
  if (letter !== "" && ASCII_ALIKE.includes(letter)) found.asciiOnly = true;
  if (letter === "b" && source[at + 2] === "{") doubt(ESCAPE);
  if ("pPx".includes(letter) && letter !== "" && source[at + 2] === "{") {
    const end = source.indexOf("}", at);
    // Names of scripts and properties that only one of them has.
    if (letter !== "x" && !/^\{\^?[A-Z][a-z]?\}$/.test(source.slice(at + 2, end + 1))) doubt(ESCAPE);
    return end === -1 ? source.length : end + 1;
  }
  return at + 2;
};

const POSIX = /^\[:\^?[a-z]+:\]/;

/** Reads a character class at `at`, and returns where the text after it begins. */
const readClass = (source: string, at: number, found: Dialect, doubt: Doubt): number => {
  let next = at + 1;
  if (source[next] === "^") next += 1;
  // A bracket in the first place is itself.
  if (source[next] === "]") next += 1;
  while (next < source.length && source[next] !== "]") {
    const rest = source.slice(next, next + 16);
    const posix = POSIX.exec(rest)?.[0];
    if (posix !== undefined) next += posix.length;
    else if (rest.startsWith("\\")) next = readEscape(source, next, found, doubt);
    else {
      if (rest.startsWith("[") || /^(?:&&|--|~~)/.test(rest)) doubt(CLASS_OPERATION);
      next += 1;
    }
  }
  return next + 1;
};

const readGroup = (rest: string, doubt: Doubt): void => {
  if (/^<?[=!]/.test(rest)) doubt(LOOK_AROUND);
  else if (/^P[=>]/.test(rest)) doubt(BACK_REFERENCE);
  else if (!/^(?:P?<[A-Za-z_]|[imsU]*(?:-[imsU]+)?[:)])/.test(rest)) doubt(GROUP);
};
