import { once } from "node:events";
import { accessSync, constants, createWriteStream, openSync, statSync } from "node:fs";
import { extname } from "node:path";
import {
  type BackfillDeps,
  type BackfillTally,
  backfill,
  type HistoryRow,
} from "../../../shared/data-care/backfill.ts";
import { CliError, EXIT } from "../exit.ts";
import { count } from "../text.ts";
import { columnOf, csvRows } from "./csv-rows.ts";
import { jsonLineRows, jsonRows } from "./json-rows.ts";
import type { CommonOptions } from "./options.ts";
import type { Printer } from "./printer.ts";
import { tableError } from "./table-error.ts";

export type BackfillOptions = CommonOptions & { check?: boolean; refused?: string };

const FORMATS = [".csv", ".json", ".jsonl"];

/** Refuses a file that cannot be imported, before anything is opened. @throws CliError with every fault */
export const checkFile = (path: string): void => {
  const fault = faultOf(path);
  const faults = [
    ...(fault === undefined ? [] : [fault]),
    ...(FORMATS.includes(extname(path)) ? [] : [`${path} must end in ${FORMATS.join(", ")}.`]),
  ];
  if (faults.length > 0) throw new CliError(EXIT.usage, ...faults);
};

const faultOf = (path: string): string | undefined => {
  try {
    if (statSync(path).isDirectory()) return `${path} is a folder.`;
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    return code === "ENOENT" ? `There is no file ${path}.` : `${path} cannot be read: ${code}`;
  }
};

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "unknown error";

/** Imports a file and reports the outcome. @throws CliError where rows were refused or differ from what is stored */
export const runBackfill = async (
  open: BackfillDeps,
  path: string,
  options: BackfillOptions,
  print: Printer,
): Promise<void> => {
  const list = refusedRows(options.refused, print);
  let unreadable = 0;
  const rows = rowsOf(path, (line, fault) => {
    unreadable += 1;
    list.add(`line ${line}: ${fault}`);
  });
  const name = extname(path) === ".csv" ? columnOf : (field: string) => field;
  const imported = options.check === true ? "can be imported" : "imported";
  const started = performance.now();
  const perSecond = ({ read }: BackfillTally) => Math.round((read * 1_000) / Math.max(1, performance.now() - started));
  try {
    const tally = await backfill(
      open,
      rows,
      (now) => print.progress(`${count(now.read, "row")} read, ${now.imported} ${imported}, ${perSecond(now)} rows/s`),
      {
        check: options.check === true,
        onRefused: ({ line, faults }) =>
          list.add(
            `line ${line}: ${faults.map(({ path: field, message }) => `${name(field)} ${message}`.trim()).join("; ")}`,
          ),
        onDiffering: ({ line, sessionId, fields }) =>
          list.add(
            `line ${line}: ${sessionId} is stored with other values and is kept: ${fields.map(name).join(", ")}`,
          ),
      },
    );
    const refused = tally.refused + unreadable;
    print.note(
      `${count(tally.read + unreadable, "row")}: ${tally.imported} ${imported}, ` +
        `${tally.unchanged} already stored, ${tally.differing} stored with other values, ${refused} refused`,
    );
    if (refused + tally.differing > 0)
      throw new CliError(EXIT.failed, "Not all rows are imported. The lines above say why.");
  } catch (error) {
    throw tableError(error, "; run the same command again to continue") ?? error;
  } finally {
    await list.close();
  }
};

const rowsOf = (path: string, onUnreadable: (line: number, fault: string) => void): AsyncGenerator<HistoryRow> => {
  if (extname(path) === ".csv") return csvRows(path, onUnreadable);
  return extname(path) === ".json" ? jsonRows(path) : jsonLineRows(path, onUnreadable);
};

/** The list of rows that are not imported, in a file or on standard output. */
const refusedRows = (path: string | undefined, print: Printer) => {
  if (path === undefined) return { add: print.result, close: async () => undefined };
  const file = createWriteStream(path, { fd: opened(path) });
  return {
    add: (text: string) => void file.write(`${text}\n`),
    close: async () => {
      file.end();
      await once(file, "finish");
    },
  };
};

const opened = (path: string): number => {
  try {
    return openSync(path, "w");
  } catch (error) {
    throw new CliError(EXIT.usage, `--refused: ${path} cannot be written: ${codeOf(error)}`);
  }
};
