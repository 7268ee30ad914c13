import { kindOfSession, type SessionStart } from "./record.ts";

/** What a part of a multi-cluster session, in one cluster, makes known of the whole. */
export type Part = Pick<SessionStart, "ci" | "kind" | "ciInfo" | "key" | "branch">;

/** The start of a session of which parts were known already: a CI part makes it CI. */
export const withParts = <T extends SessionStart>(start: T, parts: Part): T => ({ ...start, ...learned(start, parts) });

/** What a part adds to what is known of its session. */
export const learned = (parent: Part, part: Part): Partial<Part> => ({
  ...(parent.key === undefined && part.key !== undefined ? { key: part.key } : {}),
  ...(parent.branch === undefined && part.branch !== undefined ? { branch: part.branch } : {}),
  ...(parent.ciInfo === undefined && part.ciInfo !== undefined ? { ciInfo: part.ciInfo } : {}),
  ...(becomesCi(parent, part) ? { ci: true, kind: "ci" as const } : {}),
});

/** Whether a part adds nothing to what is known of its session. */
export const isKnown = (parent: Part, part: Part): boolean => Object.keys(learned(parent, part)).length === 0;

/** Whether a part makes a user's session a CI session. */
export const becomesCi = (parent: Part, part: Part): boolean =>
  kindOfSession(parent) === "user" && kindOfSession(part) === "ci";
