import { Readable } from "node:stream";
import { type CsvError, parse } from "csv-parse";
import type { HistoryRow } from "../../../shared/data-care/backfill.ts";
import { CliError, EXIT } from "../exit.ts";
import { linesOf, NOT_UTF8 } from "./lines.ts";

/** The columns, each with the path of its field in the wire contract. */
export const CSV_COLUMNS: Readonly<Record<string, readonly [string] | readonly [string, string]>> = {
  session_id: ["session_id"],
  instance_id: ["instance_id"],
  started_at: ["started_at"],
  ended_at: ["ended_at"],
  reason: ["reason"],
  ci: ["ci"],
  key: ["key"],
  branch: ["branch"],
  profile: ["profile"],
  client_id: ["client", "id"],
  client_hostname: ["client", "hostname"],
  client_username: ["client", "username"],
  client_name: ["client", "name"],
  client_cli_version: ["client", "cli_version"],
  kubernetes_username: ["client", "kubernetes_username"],
  namespace: ["target", "namespace"],
  target_kind: ["target", "kind"],
  target_name: ["target", "name"],
  target_container: ["target", "container"],
};

const REQUIRED = [
  "started_at",
  "ended_at",
  "client_id",
  "client_hostname",
  "client_username",
  "kubernetes_username",
  "namespace",
  "target_kind",
  "target_name",
];

/** The column of a field, by the field's path. */
export const columnOf = (path: string): string =>
  Object.entries(CSV_COLUMNS).find(([, fields]) => fields.join(".") === path)?.[0] ?? path;

/**
 * Reads rows as they come. `onUnreadable` is called for each row that is not CSV or not valid UTF-8, with its last line.
 * @throws CliError where the header lacks columns or has unknown ones, with all of them
 */
export async function* csvRows(
  path: string,
  onUnreadable: (line: number, fault: string) => void,
): AsyncGenerator<HistoryRow> {
  let hasHeader = false;
  // The lines are read ahead of the rows that they belong to.
  const damaged = new Set<number>();
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    columns: (header: string[]) => {
      hasHeader = true;
      if (damaged.has(1)) throw new CliError(EXIT.usage, `The first line ${NOT_UTF8}.`);
      return checkedHeader(header);
    },
    on_skip: (error: CsvError | undefined) => {
      onUnreadable(Number(error?.["lines"] ?? 0), error?.message ?? "cannot be read");
      return undefined;
    },
  });
  const records = Readable.from(textsOf(path, damaged)).pipe(parser);
  let before = 1;
  for await (const { info, record } of records as AsyncIterable<{
    info: { lines: number };
    record: Record<string, string>;
  }>) {
    const line = info.lines;
    if (isDamaged(before + 1, line, damaged)) onUnreadable(line, NOT_UTF8);
    else yield { line, value: nested(record) };
    before = line;
  }
  // An empty file has not even a header, and is more likely a mistake than a server without history.
  if (!hasHeader) checkedHeader([]);
}

async function* textsOf(path: string, damaged: Set<number>): AsyncGenerator<string> {
  for await (const line of linesOf(path)) {
    if (line.isDamaged) damaged.add(line.number);
    yield line.text;
  }
}

const isDamaged = (first: number, last: number, damaged: ReadonlySet<number>): boolean =>
  damaged.size > 0 &&
  Array.from({ length: last - first + 1 }, (_, index) => first + index).some((line) => damaged.has(line));

const checkedHeader = (header: string[]): string[] => {
  const names = header.map((name) => name.trim().toLowerCase());
  const missing = REQUIRED.filter((name) => !names.includes(name));
  const unknown = names.filter((name) => !Object.hasOwn(CSV_COLUMNS, name));
  const twice = names.filter((name, place) => names.indexOf(name) !== place);
  const faults = [
    ...(missing.length === 0 ? [] : [`The first line lacks the columns ${missing.join(", ")}`]),
    ...(unknown.length === 0 ? [] : [`The first line has the unknown columns ${unknown.join(", ")}`]),
    ...(twice.length === 0 ? [] : [`The first line names ${twice.join(", ")} twice`]),
  ];
  if (faults.length > 0) throw new CliError(EXIT.usage, ...faults);
  return names;
};

// In CSV an empty column and a missing one are the same.
const nested = (record: Record<string, string>): unknown => {
  const value: Record<string, unknown> = { client: {}, target: {} };
  for (const [name, text] of Object.entries(record)) {
    const [outer, inner] = CSV_COLUMNS[name] ?? [];
    if (outer === undefined || text === "") continue;
    if (inner === undefined) value[outer] = outer === "ci" ? flag(text) : text;
    else (value[outer] as Record<string, unknown>)[inner] = text;
  }
  return value;
};

const flag = (text: string): unknown => {
  if (/^(true|1|yes)$/i.test(text)) return true;
  return /^(false|0|no)$/i.test(text) ? false : text;
};
