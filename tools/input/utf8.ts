import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";

/** A file, or standard input, whose bytes are not valid UTF-8. The message says where, and quotes nothing. */
export class InvalidUtf8 extends Error {
  override readonly name = "InvalidUtf8";
}

/** What a decoder puts where bytes are not valid UTF-8. Node decodes arguments and variables so before we see them. */
const REPLACEMENT = "\ufffd";

/** The arguments that are not valid UTF-8, each as a line that says which one and where. Values are not quoted. */
export const argumentFaults = (args: readonly string[]): string[] =>
  args.flatMap((argument, index) =>
    isDamaged(argument) ? [fault(`Argument ${index + 1}${optionAt(args, index)}`, argument)] : [],
  );

/** The same for environment variables. A name may end in `*`: all that begin so. */
export const variableFaults = (env: NodeJS.ProcessEnv, names: readonly string[]): string[] =>
  Object.entries(env).flatMap(([name, value = ""]) =>
    isDamaged(value) && names.some((known) => isNamed(name, known)) ? [fault(name, value)] : [],
  );

/** The text of a file, or of standard input where `file` is 0. @throws InvalidUtf8, or what `readFileSync` throws */
export const readUtf8 = (file: string | 0): string => decodeUtf8(readFileSync(file));

/** Bytes as text; a byte order mark stays. @throws InvalidUtf8 */
export const decodeUtf8 = (bytes: Buffer): string => {
  if (!isUtf8(bytes)) throw new InvalidUtf8(`not valid UTF-8 at ${invalidPlace(bytes)}`);
  return bytes.toString("utf8");
};

/** Why a file could not be read, in a line. */
export const unreadable = (file: string, error: unknown): string =>
  error instanceof InvalidUtf8
    ? `${file}: ${error.message}`
    : `${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`;

/** Where bytes stop being valid UTF-8: `line 3, byte 14`, both from 1. */
const invalidPlace = (bytes: Buffer): string => {
  // Up to there the decoded text has the same bytes.
  const decoded = Buffer.from(bytes.toString("utf8"));
  let at = decoded.indexOf(REPLACEMENT);
  while (bytes.indexOf(REPLACEMENT, at) === at) at = decoded.indexOf(REPLACEMENT, at + 1);
  const before = bytes.subarray(0, at);
  return `line ${before.filter((byte) => byte === LINE_FEED).length + 1}, byte ${at - before.lastIndexOf(LINE_FEED)}`;
};

const LINE_FEED = 0x0a;

const isDamaged = (text: string): boolean => text.includes(REPLACEMENT);

const fault = (what: string, text: string): string =>
  `${what}: not valid UTF-8 at character ${[...text].indexOf(REPLACEMENT) + 1}`;

const isNamed = (name: string, known: string): boolean =>
  known.endsWith("*") ? name.startsWith(known.slice(0, -1)) : name === known;

const optionAt = (args: readonly string[], index: number): string => {
  const joined = /^(--[\w-]+)=/.exec(args[index] ?? "")?.[1];
  if (joined !== undefined) return ` (${joined})`;
  const before = args[index - 1] ?? "";
  return /^--?[\w-]+$/.test(before) ? `, after ${before}` : "";
};
