import * as v from "valibot";
import type { Entry } from "./entry.ts";
import type { ParentName } from "./parent-names.ts";
import { KINDS } from "./types.ts";

export const SAVED_VERSION = 1;

const Kind = v.picklist(KINDS);
const Time = v.pipe(v.number(), v.finite());

const SavedEntry = v.object({
  kind: Kind,
  uid: v.string(),
  name: v.string(),
  namespace: v.optional(v.string()),
  id: v.string(),
  parentName: v.optional(v.string()),
  phase: v.picklist(["waiting", "live", "absent"]),
  since: Time,
  startedAt: Time,
  facts: v.looseObject({
    session_kind: v.picklist(["user", "ci", "preview"]),
    ci: v.boolean(),
    target: v.looseObject({}),
  }),
  activity: v.object({
    connected: v.optional(v.string()),
    changedAt: v.optional(Time),
    isUnseen: v.boolean(),
    seenAt: v.optional(Time),
  }),
  ports: v.optional(v.array(v.looseObject({ port: v.number(), kind: v.string() }))),
  expiresAt: v.optional(Time),
});

const SavedName = v.object({
  name: v.string(),
  first: v.optional(v.string()),
  newest: v.optional(v.string()),
  newestId: v.optional(v.string()),
  hint: v.optional(v.looseObject({ session_kind: v.picklist(["user", "ci"]) })),
  at: Time,
});

const Saved = v.object({
  version: v.literal(SAVED_VERSION),
  kinds: v.array(v.object({ kind: Kind, listedBefore: v.boolean(), observedAt: v.optional(Time) })),
  entries: v.array(SavedEntry),
  over: v.array(v.object({ uid: v.string(), kind: Kind, goneAt: v.optional(Time) })),
  names: v.array(SavedName),
  /** Absent in the state of a process that did not note them. */
  lags: v.optional(v.array(Time)),
});

/** The state that survives a restart, as JSON data. */
export type SavedState = Omit<v.InferOutput<typeof Saved>, "entries" | "names"> & {
  entries: Entry[];
  names: ParentName[];
};

/** The state of an earlier process. Undefined if it is none, or of another version: then nothing is known. */
export const readSaved = (saved: unknown): SavedState | undefined => {
  const result = v.safeParse(Saved, saved);
  // The facts were made by this module, from whatever object; the server's decoder judges them in any case.
  return result.success ? (result.output as SavedState) : undefined;
};
