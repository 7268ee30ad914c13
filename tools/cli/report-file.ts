import { createWriteStream, renameSync, rmSync } from "node:fs";
import { extname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import type { Command } from "commander";
import type { Call } from "./command.ts";
import { CliError, EXIT } from "./exit.ts";
import { reasonOf } from "./request.ts";
import { safe } from "./text.ts";

export type FileOptions = { file?: string; format?: string };

export const withFile = (target: Command, formats: string): Command =>
  target
    .option("-o, --file <path>", "write it into this file; its extension says the format")
    .option("--format <format>", `${formats}; without a file, to standard output`);

/**
 * The format asked for, by `--format` or else by the file's extension; undefined where neither is given.
 * @throws CliError where it is none that this report comes in
 */
export const reportFormat = <Format extends string>(
  { file, format }: FileOptions,
  known: readonly Format[],
): Format | undefined => {
  const asked = format ?? (file === undefined ? undefined : extname(file).slice(1).toLowerCase());
  const found = known.find((name) => name === asked);
  if (asked === undefined || found !== undefined) return found;
  const formats = known.join(" or ");
  throw new CliError(
    EXIT.usage,
    format === undefined
      ? `this report comes as ${formats}: give ${safe(file ?? "the file")} such an extension, or say --format`
      : `--format must be ${formats}`,
  );
};

/** Writes a report into the file that was named, or to standard output. The file is there whole, or as it was before. */
export const writeReport = async (
  { options: { file }, system, note, progress }: Call<FileOptions>,
  body: Response | string,
): Promise<void> => {
  const source = streamOf(body);
  if (file === undefined) {
    await pipeline(source, system.stdout, { end: false });
    return;
  }
  const bytes = await writeFile(file, source, (so) => progress.report(`${so} bytes …`));
  progress.done();
  note(`${safe(file)}: ${bytes} bytes`);
};

const streamOf = (body: Response | string): Readable => {
  if (typeof body === "string") return Readable.from([body]);
  // The two declarations of the same stream, of the web and of Node, do not know one another.
  return body.body === null ? Readable.from([]) : Readable.fromWeb(body.body as ReadableStream<Uint8Array>);
};

const writeFile = async (path: string, source: Readable, onBytes: (so: number) => void): Promise<number> => {
  const part = `${path}.part`;
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
      createWriteStream(part),
    );
    renameSync(part, path);
    return bytes;
  } catch (error) {
    rmSync(part, { force: true });
    throw new CliError(EXIT.failed, `${safe(path)} could not be written: ${safe(reasonOf(error))}`);
  }
};
