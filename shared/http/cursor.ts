import * as v from "valibot";
import { badRequest } from "./problem.ts";

/** Where a page ended, as an opaque text for the caller to hand back. */
export const writeCursor = (cursor: unknown): string => Buffer.from(JSON.stringify(cursor)).toString("base64url");

/** Reads back what `writeCursor` wrote; a 400 where the text is none of this route's. */
export const readCursor = <T>(text: string, schema: v.GenericSchema<unknown, T>): T => {
  const parsed = v.safeParse(schema, parse(text));
  if (parsed.success) return parsed.output;
  throw badRequest([{ path: "query.cursor", message: "is not one that this route gave" }]);
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
};

/** A part of a key of the table: DynamoDB takes up to 1,024 bytes in a sort key, and more in a partition key. */
export const KeyText = v.pipe(v.string(), v.nonEmpty(), v.maxBytes(1_024));
