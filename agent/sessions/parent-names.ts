import { DAY_MS, type EpochMs } from "../../shared/contract/time.ts";
import type { Facts } from "./read-object.ts";

/** A name may come again within this time: a client reconnects under the id of its session. */
const MEMORY_MS = DAY_MS;

/** What a child makes known of its multi-cluster session. */
export type Hint = Pick<Facts, "session_kind" | "ci_info" | "key" | "branch">;

/** The objects of one name of a multi-cluster session: its first and newest parent, and what a child said. */
export type ParentName = {
  name: string;
  first?: string | undefined;
  newest?: string | undefined;
  /** The session id of the newest parent. */
  newestId?: string | undefined;
  hint?: Hint | undefined;
  at: EpochMs;
};

export const createParentNames = (saved: readonly ParentName[]) => {
  const names = new Map<string, ParentName>(saved.map((entry) => [entry.name, { ...entry }]));
  const noted = (name: string, at: EpochMs): ParentName => {
    const entry = names.get(name) ?? { name, at };
    entry.at = at;
    names.set(name, entry);
    return entry;
  };
  return {
    /** Notes a parent as the newest of its name. Returns whether it is the first. */
    parent: (name: string, uid: string, at: EpochMs): boolean => {
      const entry = noted(name, at);
      entry.first ??= uid;
      entry.newest = uid;
      return entry.first === uid;
    },
    /** Notes what a child says. A CI child decides, whatever others say. */
    child: (name: string, hint: Hint, at: EpochMs): void => {
      const entry = noted(name, at);
      if (entry.hint?.session_kind !== "ci") entry.hint = hint;
    },
    /** Notes the session id of a parent, if it is the newest of its name. */
    hasId: (name: string, uid: string, id: string): void => {
      const entry = names.get(name);
      if (entry?.newest === uid) entry.newestId = id;
    },
    newest: (name: string): string | undefined => names.get(name)?.newest,
    /** The id of a child's parent: of the newest one of that name, or the name alone where no parent is known here. */
    parentId: (name: string): string => names.get(name)?.newestId ?? name,
    hint: (name: string): Hint | undefined => names.get(name)?.hint,
    /** Forgets old names whose parent is not known any more. */
    forget: (at: EpochMs, isKnown: (uid: string) => boolean): void => {
      for (const [name, { newest, at: since }] of names) {
        if (at - since >= MEMORY_MS && (newest === undefined || !isKnown(newest))) names.delete(name);
      }
    },
    saved: (): ParentName[] => [...names.values()].map((entry) => ({ ...entry })),
  };
};
