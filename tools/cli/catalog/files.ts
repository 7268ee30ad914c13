import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { decodeUtf8, InvalidUtf8, unreadable } from "../../input/utf8.ts";
import { CliError, EXIT } from "../exit.ts";
import type { Input } from "../system.ts";

/** A text with the name that messages use for it. */
export type Source = { name: string; text: string };

const STDIN = "-";
const READ = /\.(ya?ml|json)$/i;

/**
 * The texts of files, of folders (their `.yaml`, `.yml` and `.json` files, with subfolders) and of `-`, standard input.
 * @throws CliError with every file that cannot be read
 */
export const readSources = async (paths: readonly string[], stdin: Input): Promise<Source[]> => {
  const faults: string[] = [];
  const sources: Source[] = [];
  const add = (name: string, read: () => Buffer): void => {
    try {
      sources.push({ name, text: decodeUtf8(read()).replace(/^\ufeff/, "") });
    } catch (error) {
      if (!(error instanceof InvalidUtf8) && (error as NodeJS.ErrnoException).code === undefined) throw error;
      faults.push(unreadable(name, error));
    }
  };
  for (const path of new Set(paths)) {
    if (path === STDIN) {
      const bytes = await allOf(stdin);
      add("standard input", () => bytes);
      continue;
    }
    const files = isFolder(path) ? filesIn(path) : [path];
    if (files.length === 0) faults.push(`${path} has no .yaml, .yml or .json file.`);
    for (const file of files) add(file, () => readFileSync(file));
  }
  if (faults.length > 0) throw new CliError(EXIT.usage, ...faults);
  return sources;
};

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && READ.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();

const allOf = async (stdin: Input): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks);
};
