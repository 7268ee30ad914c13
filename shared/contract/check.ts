import * as v from "valibot";
import type { Fault } from "./problems.ts";

export type Checked<T> = { ok: true; value: T } | { ok: false; faults: Fault[] };

/** Checks a value against a schema. Returns every fault, with its path below `prefix`. */
export const check = <T>(schema: v.GenericSchema<unknown, T>, value: unknown, prefix = ""): Checked<T> => {
  const result = v.safeParse(schema, value);
  if (result.success) return { ok: true, value: result.output };
  const faults = result.issues.map((issue) => ({
    path: [prefix, v.getDotPath(issue) ?? ""].filter((part) => part !== "").join("."),
    // For a missing field, valibot's message says only what it received. All other messages are our own.
    message: issue.received === "undefined" ? "is required" : issue.message,
  }));
  return { ok: false, faults };
};
