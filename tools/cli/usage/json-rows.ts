import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { HistoryRow } from "../../../shared/data-care/backfill.ts";
import { CliError, EXIT } from "../exit.ts";

/** Reads a JSON list, whole; a row's line is its place in the list, from 1. @throws CliError where it is none */
export async function* jsonRows(path: string): AsyncGenerator<HistoryRow> {
  const list = parsed(path, await readFile(path, "utf8"));
  for (const [place, value] of list.entries()) yield { line: place + 1, value };
}

/** Reads one JSON object a line, as they come. */
export async function* jsonLineRows(
  path: string,
  unreadable: (line: number, fault: string) => void,
): AsyncGenerator<HistoryRow> {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    if (text.trim() === "") continue;
    const value = tryParse(text);
    if (value === undefined) unreadable(line, "is no JSON");
    else yield { line, value };
  }
}

const parsed = (path: string, text: string): unknown[] => {
  const value = tryParse(text);
  if (!Array.isArray(value)) throw new CliError(EXIT.usage, `${path} is no JSON list of sessions`);
  return value;
};

// JSON has no undefined, so that it can stand for what is none. A byte order mark is no JSON (RFC 8259, section 8.1), but some
// programs write one.
const tryParse = (text: string): unknown => {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    return undefined;
  }
};
