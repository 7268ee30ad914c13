import { readFileSync } from "node:fs";
import { REPLACEMENT, readUtf8 as readBytes } from "../../shared/contract/utf8.ts";

/** A file, or standard input, whose bytes are not valid UTF-8. The message says where, and quotes nothing. */
export class InvalidUtf8 extends Error {
  override readonly name = "InvalidUtf8";
}

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
  const reading = readBytes(bytes);
  if (!reading.ok) throw new InvalidUtf8(`not valid UTF-8 at ${reading.place}`);
  return reading.text;
};

/** Why a file could not be read, in a line. */
export const unreadable = (file: string, error: unknown): string =>
  error instanceof InvalidUtf8
    ? `${file}: ${error.message}`
    : `${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`;

// Node decodes arguments and variables leniently before this code gets them.
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
