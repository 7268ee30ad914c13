import {
  accessSync,
  constants,
  createWriteStream,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from "node:fs";
import { dirname, extname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import type { Command } from "commander";
import { REPORT_FORMATS } from "../../shared/contract/queries.ts";
import type { Call } from "./command.ts";
import { CliError, EXIT } from "./exit.ts";
import { OUTPUTS } from "./output.ts";
import { reasonOf } from "./request.ts";
import { safe } from "./text.ts";

export type FileOptions = { file?: string; format?: string };

/** Adds the options for a report's file. Elsewhere `-o` is the output's format, so a format is accepted here too. */
export const withFile = (target: Command, formats: string): Command =>
  target
    .option("-o, --file <path>", "write to this file in the format of its extension; - is standard output")
    .option("--format <format>", `${formats}; without a file, to standard output`)
    .hook("preAction", (command) => {
      const { file, format } = command.opts<FileOptions>();
      if (file === undefined || format !== undefined) return;
      if (isOutput(file)) command.setOptionValue("output", file);
      else if (isFormat(file)) command.setOptionValue("format", file);
      else return;
      command.setOptionValue("file", undefined);
    });

const isOutput = (file: string): boolean => OUTPUTS.some((output) => output === file);
const isFormat = (file: string): boolean => REPORT_FORMATS.some((format) => format === file);

/**
 * The requested format: `--format`, or else the file's extension; undefined where neither is given.
 * @throws CliError where this report does not have that format
 */
export const reportFormat = <Format extends string>(
  { file, format }: FileOptions,
  known: readonly Format[],
): Format | undefined => {
  const asked = format ?? (isFile(file) ? extname(file).slice(1).toLowerCase() : undefined);
  const found = known.find((name) => name === asked);
  if (asked === undefined || found !== undefined) return found;
  const formats = known.join(" or ");
  throw new CliError(
    EXIT.usage,
    format === undefined
      ? `Unknown format for ${safe(file ?? "the file")}. Use the extension ${formats}, or --format.`
      : `--format must be ${formats}.`,
  );
};

/** Whether a report goes to a file, and not to standard output. */
export const isFile = (file: string | undefined): file is string => file !== undefined && file !== "-";

/**
 * Checks that the report's file can be written, before the report is requested.
 * @throws CliError where it cannot
 */
export const checkFile = ({ file }: FileOptions): void => {
  if (!isFile(file)) return;
  const found = statsOf(file);
  if (found?.isDirectory() === true) throw unwritable(file, "it is a folder");
  try {
    if (isReplaced(found)) accessSync(dirname(targetOf(file, found)), constants.W_OK);
  } catch (error) {
    throw unwritable(file, reasonOf(error));
  }
};

/** Writes a report to its file or to standard output. On failure the file stays as it was. */
export const writeReport = async (
  { options: { file }, system, note, progress }: Call<FileOptions>,
  body: Response | string,
): Promise<void> => {
  const source = streamOf(body);
  if (!isFile(file)) {
    progress.done();
    await pipeline(source, system.stdout, { end: false });
    return;
  }
  const total = typeof body === "string" ? Buffer.byteLength(body) : Number(body.headers.get("content-length"));
  const bytes = await writeFile(file, source, (so) =>
    total > 0 ? progress.bar(so, total, "bytes") : progress.report(`${so} bytes …`),
  );
  progress.done();
  note(`${safe(file)}: ${bytes} bytes`);
};

const streamOf = (body: Response | string): Readable => {
  if (typeof body === "string") return Readable.from([body]);
  // Node and the web declare the same stream as two types.
  return body.body === null ? Readable.from([]) : Readable.fromWeb(body.body as ReadableStream<Uint8Array>);
};

const writeFile = async (file: string, source: Readable, onBytes: (so: number) => void): Promise<number> => {
  const found = statsOf(file);
  const target = targetOf(file, found);
  const written = isReplaced(found) ? `${target}.${process.pid}.part` : target;
  let bytes = 0;
  try {
    await pipeline(
      source,
      async function* (chunks: AsyncIterable<string | Uint8Array>) {
        for await (const chunk of chunks) {
          bytes += Buffer.byteLength(chunk);
          onBytes(bytes);
          yield chunk;
        }
      },
      createWriteStream(written, found === undefined ? {} : { mode: found.mode & 0o777 }),
    );
    if (written !== target) renameSync(written, target);
    return bytes;
  } catch (error) {
    if (written !== target) rmSync(written, { force: true });
    throw unwritable(file, reasonOf(error));
  }
};

const statsOf = (file: string): Stats | undefined => statSync(file, { throwIfNoEntry: false });

// A device or a pipe is written to. Replacing it by a file would remove it.
const isReplaced = (found: Stats | undefined): boolean => found === undefined || found.isFile();

// The target of a link, so that the link itself stays. A link to a shell's pipe, such as /dev/stdout, has no path as its target.
const targetOf = (file: string, found: Stats | undefined): string => (found?.isFile() ? realpathSync(file) : file);

// The system's message also names its call and our temporary file.
const unwritable = (file: string, reason: string): CliError =>
  new CliError(EXIT.failed, `Cannot write ${safe(file)}: ${safe(reason.replace(/^(E[A-Z]+: [^,]+), .*$/, "$1"))}`);
