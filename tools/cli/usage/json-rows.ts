import type { HistoryRow } from "../../../shared/data-care/backfill.ts";
import { CliError, EXIT } from "../exit.ts";
import { linesOf, NOT_UTF8, textOf } from "./lines.ts";

/** Reads a JSON list, whole; a row's line is its place in the list, from 1. @throws CliError where it is no list */
export async function* jsonRows(path: string): AsyncGenerator<HistoryRow> {
  const list = tryParse(textOf(path));
  if (!Array.isArray(list)) throw new CliError(EXIT.usage, `${path} is not a JSON list of sessions.`);
  for (const [place, value] of list.entries()) yield { line: place + 1, value };
}

/** Reads one JSON object a line, as they come. `onUnreadable` is called for each line that is not JSON. */
export async function* jsonLineRows(
  path: string,
  onUnreadable: (line: number, fault: string) => void,
): AsyncGenerator<HistoryRow> {
  for await (const { number: line, text, isDamaged } of linesOf(path)) {
    if (text.trim() === "") continue;
    const value = isDamaged ? undefined : tryParse(text);
    if (value === undefined) onUnreadable(line, isDamaged ? NOT_UTF8 : "is not JSON");
    else yield { line, value };
  }
}

// JSON has no undefined, so it can mean that the text is not JSON. A byte order mark is not JSON (RFC 8259, section 8.1), but
// some programs write one.
const tryParse = (text: string): unknown => {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    return undefined;
  }
};
