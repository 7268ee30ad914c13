import * as v from "valibot";
import { formatTime, parseTime } from "../contract/time.ts";
import { badRequest } from "./problem.ts";

/** The end of a page, as an opaque text that the caller sends to get the next one. */
export const writeCursor = (cursor: unknown): string => Buffer.from(JSON.stringify(cursor)).toString("base64url");

/**
 * Reads what `writeCursor` wrote. A cursor is input, so it must be exactly what the server writes for a place that exists
 * in this list: anything else is a 400. `schema` is the grammar of the route's cursors, down to the texts in it.
 */
export const readCursor = <T>(text: string, schema: v.GenericSchema<unknown, T>): T => {
  const value = parse(text);
  const parsed = v.safeParse(schema, value);
  if (parsed.success && writeCursor(value) === text) return parsed.output;
  throw badRequest([{ path: "query.cursor", message: "is not one that this route gave" }]);
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
};

/** A time in a key of the table: as `formatTime` writes it. */
export const KeyTime = v.pipe(
  v.string(),
  v.check((text) => {
    const time = parseTime(text);
    return time !== undefined && formatTime(time) === text;
  }),
);
