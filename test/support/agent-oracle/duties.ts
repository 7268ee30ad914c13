import { type EpochMs, SECOND_MS } from "../../../shared/contract/time.ts";
import { isChild, isSession, type Knowledge, type Known } from "./knowledge.ts";
import { expiryWindow } from "./windows.ts";
import type { World } from "./world.ts";

const PARENT_WAITS_MS = 10 * SECOND_MS;
/** Observations come once a second: nothing is due earlier. */
const SLACK_MS = 2 * SECOND_MS;

export type Duty = { what: "start" | "end" | "inferred end" | undefined; by: EpochMs };

const parentIsKnown = ({ objects }: Knowledge, name: string | undefined): boolean =>
  [...objects.values()].some(({ life }) => life.what === "parent" && life.name === name);

/** What has to be reported of an object now, and by when. */
export const dutyOf = (world: World, knowledge: Knowledge, known: Known, now: EpochMs): Duty => {
  const { life, is, reported } = known;
  const nothing = { what: undefined, by: now };
  if (isChild(life)) {
    if (is === "live" && reported === "inferred end") known.reported = "nothing";
    if (is === "live" || reported === "end" || parentIsKnown(knowledge, life.parentName)) return nothing;
    if (is === "closed") return { what: "end", by: now };
    return reported === "inferred end" ? nothing : { what: "inferred end", by: now };
  }
  if (!isSession(life, known.version) || reported === "end") return nothing;
  if (is === "closed") return { what: "end", by: now };
  if (is === "absent") return reported === "inferred end" ? nothing : { what: "inferred end", by: now };
  if (life.kind === "PreviewSession" && known.isShownHere) {
    const inSightSince = knowledge.kinds.PreviewSession.inSightSince ?? now;
    const by = Math.max(expiryWindow(world, life).to, known.firstShownAt, inSightSince) + SLACK_MS;
    if (now >= by) return { what: "end", by };
    if (now >= expiryWindow(world, life).from) return nothing;
  }
  if (reported === "start" || !known.isShownHere) return nothing;
  return { what: "start", by: life.what === "parent" ? known.firstShownAt + PARENT_WAITS_MS + SLACK_MS : now };
};
