import { once } from "node:events";
import { accessSync, constants, createWriteStream, openSync, statSync } from "node:fs";
import { extname } from "node:path";
import { type BackfillTally, backfill, type HistoryRow } from "../../../shared/data-care/backfill.ts";
import { CliError, EXIT } from "../exit.ts";
import { columnOf, csvRows } from "./csv-rows.ts";
import { jsonLineRows, jsonRows } from "./json-rows.ts";
import type { OpenTable } from "./open-table.ts";
import type { CommonOptions } from "./options.ts";
import type { Say } from "./say.ts";
import { tableError } from "./table-error.ts";

export type BackfillOptions = CommonOptions & { check?: boolean; refused?: string };

const FORMATS = [".csv", ".json", ".jsonl"];

/** Names a file that cannot be imported, before anything is opened. @throws CliError */
export const checkFile = (path: string): void => {
  const fault = faultOf(path);
  const faults = [
    ...(fault === undefined ? [] : [fault]),
    ...(FORMATS.includes(extname(path)) ? [] : [`${path} must end in ${FORMATS.join(", ")}`]),
  ];
  if (faults.length > 0) throw new CliError(EXIT.usage, ...faults);
};

const faultOf = (path: string): string | undefined => {
  try {
    if (statSync(path).isDirectory()) return `${path} is a folder`;
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    return code === "ENOENT" ? `there is no file ${path}` : `${path} cannot be read: ${code}`;
  }
};

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "unknown error";

/** Imports a file and says what became of it. @throws CliError where rows were refused or differ from what is stored */
export const runBackfill = async (open: OpenTable, path: string, options: BackfillOptions, say: Say): Promise<void> => {
  const told = refusedTo(options.refused, say);
  let unreadable = 0;
  const rows = rowsOf(path, (line, fault) => {
    unreadable += 1;
    told.line(`line ${line}: ${fault}`);
  });
  const name = extname(path) === ".csv" ? columnOf : (field: string) => field;
  const started = performance.now();
  const perSecond = ({ read }: BackfillTally) => Math.round((read * 1_000) / Math.max(1, performance.now() - started));
  try {
    const tally = await backfill(
      open,
      rows,
      (now) => say.progress(`${now.read} rows read, ${now.imported} imported, ${perSecond(now)} rows/s`),
      {
        check: options.check === true,
        onRefused: ({ line, faults }) =>
          told.line(
            `line ${line}: ${faults.map(({ path: field, message }) => `${name(field)} ${message}`.trim()).join("; ")}`,
          ),
        onDiffering: ({ line, sessionId, fields }) =>
          told.line(`line ${line}: ${sessionId} is stored otherwise and stays so: ${fields.map(name).join(", ")}`),
      },
    );
    const refused = tally.refused + unreadable;
    say.remark(
      `${tally.read + unreadable} rows: ${tally.imported} ${options.check === true ? "would be imported" : "imported"}, ` +
        `${tally.unchanged} there already, ${tally.differing} stored otherwise, ${refused} refused`,
    );
    if (refused + tally.differing > 0) throw new CliError(EXIT.failed, "not all rows are in: see the lines told of");
  } catch (error) {
    throw tableError(error, "; run the same again, it goes on where it ended") ?? error;
  } finally {
    await told.close();
  }
};

const rowsOf = (path: string, unreadable: (line: number, fault: string) => void): AsyncGenerator<HistoryRow> => {
  if (extname(path) === ".csv") return csvRows(path, unreadable);
  return extname(path) === ".json" ? jsonRows(path) : jsonLineRows(path, unreadable);
};

const refusedTo = (path: string | undefined, say: Say) => {
  if (path === undefined) return { line: say.out, close: async () => undefined };
  const file = createWriteStream(path, { fd: opened(path) });
  return {
    line: (text: string) => void file.write(`${text}\n`),
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
