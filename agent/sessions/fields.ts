import { type EpochMs, parseTime } from "../../shared/contract/time.ts";

/** The fields of a JSON object whose form is not certain. */
export type Fields = Readonly<Record<string, unknown>>;

const NONE: Fields = {};

/** The object's fields; none if the value is not an object. */
export const fields = (value: unknown): Fields => (isObject(value) ? (value as Fields) : NONE);

export const isObject = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The entries of a list; none if the value is not a list. */
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The text; undefined for an empty one and for anything else. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** The moment of an RFC 3339 text; undefined for anything else. */
export const timeOf = (value: unknown): EpochMs | undefined =>
  typeof value === "string" ? parseTime(value) : undefined;
