import { randomBytes } from "node:crypto";
import { pseudonymKey } from "../privacy/pseudonym-key.ts";
import { createShownNames, type ShownNames } from "../privacy/shown-names.ts";
import type { Runtime } from "./runtime.ts";

const KEY_BYTES = 32;

/**
 * How this deployment shows names of people and machines. The key of pseudonyms is read once per process, and only where
 * there are to be any. Throws `StoreUnavailable` where it cannot be read: true names never stand in for pseudonyms.
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

// By the environment, of which a process has one.
const made = new WeakMap<Runtime["env"], Promise<ShownNames>>();

const make = async (runtime: Pick<Runtime, "env" | "table">): Promise<ShownNames> => {
  const { DISPLAY_NAME_STRIP: strip, PSEUDONYMS_ONLY: only } = runtime.env;
  const key = only ? await pseudonymKey(runtime.table, () => randomBytes(KEY_BYTES).toString("base64url")) : undefined;
  return createShownNames({ strip, pseudonymKey: key });
};
