import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { readUtf8, unreadable } from "../../input/utf8.ts";
import { CliError, EXIT } from "../exit.ts";

/** What is said of a row whose line is damaged. */
export const NOT_UTF8 = "is not valid UTF-8";

/** A line of a file, numbered from 1, with the line feed that ends it. `isDamaged`: it is not valid UTF-8. */
export type Line = { number: number; text: string; isDamaged: boolean };

/** The lines of a file as they come. A line ends at a line feed, and nowhere else. */
export async function* linesOf(path: string): AsyncGenerator<Line> {
  let number = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      number += 1;
      yield lineOf(number, bytes.subarray(start, end + 1));
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
  if (rest.length > 0) yield lineOf(number + 1, rest);
}

const LINE_FEED = 0x0a;

const lineOf = (number: number, bytes: Buffer): Line => ({
  number,
  text: bytes.toString("utf8"),
  isDamaged: !isUtf8(bytes),
});

/** The whole text of a file. @throws CliError where it cannot be read */
export const textOf = (path: string): string => {
  try {
    return readUtf8(path);
  } catch (error) {
    throw new CliError(EXIT.usage, unreadable(path, error));
  }
};
