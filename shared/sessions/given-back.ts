import type { GivesBack } from "../seats/holds.ts";
import type { OverSession, SessionRecord } from "./record.ts";

/** For a record whose session is no longer live. */
export const HOLDS_NOTHING = { holds: undefined } as const;

/** What a session gives back that is over now: what it held while it was live, and when its user was known live last. */
export const givenBack = (
  before: SessionRecord | undefined,
  { createdAt, endedAt, client }: OverSession,
): GivesBack | undefined =>
  before?.state !== "live" || before.holds === undefined
    ? undefined
    : { holds: before.holds, seen: { at: Math.max(createdAt, endedAt), client } };
