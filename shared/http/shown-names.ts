import { randomBytes } from "node:crypto";
import type { Pattern } from "../patterns/regular-expression.ts";
import { pseudonymKey } from "../privacy/pseudonym-key.ts";
import { createShownNames, type ShownNames } from "../privacy/shown-names.ts";
import type { Runtime } from "./runtime.ts";

const KEY_BYTES = 32;

/**
 * How this deployment shows names of people and machines. A process reads the key of pseudonyms once, and only if names
 * are pseudonyms. Throws `StoreUnavailable` if the key cannot be read: true names never replace pseudonyms.
 */
export const shownNames = (runtime: Pick<Runtime, "env" | "table">): Promise<ShownNames> => {
  const known = made.get(runtime.env);
  if (known !== undefined) return known;
  const names = make(runtime);
  made.set(runtime.env, names);
  // The next request tries again.
  names.catch(() => made.delete(runtime.env));
  return names;
};

// By environment: a process has one, a test has several.
const made = new WeakMap<Runtime["env"], Promise<ShownNames>>();

const make = async (runtime: Pick<Runtime, "env" | "table">): Promise<ShownNames> => {
  const { DISPLAY_NAME_STRIP: strip, PSEUDONYMS_ONLY: only } = runtime.env;
  const key = only ? await pseudonymKey(runtime.table, () => randomBytes(KEY_BYTES).toString("base64url")) : undefined;
  return createShownNames({ strip: strip === undefined ? undefined : await stripPattern(strip), pseudonymKey: key });
};

// Loaded late: the engine is large, and most deployments strip nothing.
const stripPattern = async (source: string): Promise<Pattern> => {
  const { compilePattern } = await import("../patterns/regular-expression.ts");
  const reading = compilePattern(source);
  if (!reading.ok) throw new Error(`DISPLAY_NAME_STRIP ${reading.reason}`);
  return reading.pattern;
};
