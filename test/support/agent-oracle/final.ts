import type { Kind } from "../../../agent/sessions/types.ts";
import type { EpochMs } from "../../../shared/contract/time.ts";
import { formatTime, SECOND_MS } from "../../../shared/contract/time.ts";
import { MISSING_MS } from "./kinds-known.ts";
import { isChild } from "./knowledge.ts";
import type { Life } from "./lives.ts";
import type { Recorded, ServerRecord } from "./record.ts";
import { skewMs } from "./windows.ts";
import type { World } from "./world.ts";

/** How much the server's record of a session may differ from what is true of it. */
const ACCURACY_MS = 5 * SECOND_MS;

/** What is wrong with the server's record after a history. */
export const finalFaults = (
  world: World,
  record: ServerRecord,
  owners: ReadonlyMap<string, ReadonlySet<Life>>,
  promised: ReadonlySet<Life>,
): string[] => {
  const faults: string[] = [];
  // The agent needs a moment to report what happens last.
  const end = (world.processes.at(-1)?.to ?? 0) - 2 * ACCURACY_MS;
  // Without its file, the agent cannot know that there was a parent of the same name before. The server can, once it is over.
  const isForgotten = world.processes.some(({ keepsFile }, place) => !keepsFile && place < world.processes.length - 1);
  const confused = new Set<Life>();
  const recordsOf = new Map<Life, Recorded[]>();
  for (const [id, lives] of owners) {
    const recorded = record.sessions.get(id);
    if (lives.size > 1 && isForgotten && id.startsWith("mc-")) for (const life of lives) confused.add(life);
    else if (lives.size > 1) faults.push(`${id} is the id of ${lives.size} sessions`);
    for (const life of lives)
      if (recorded !== undefined) recordsOf.set(life, [...(recordsOf.get(life) ?? []), recorded]);
  }
  const parents = new Set(world.lives.map(({ parentName }) => parentName));
  for (const id of record.sessions.keys())
    if (!owners.has(id) && !parents.has(id)) faults.push(`${id} is recorded, and there was no such session`);

  for (const life of world.lives) {
    if (isChild(life) || confused.has(life)) continue;
    const name = `${life.what} ${life.number}`;
    const records = recordsOf.get(life) ?? [];
    if (records.length > 1) faults.push(`${name} is recorded ${records.length} times`);
    const recorded = records[0];
    if (recorded === undefined) {
      if (promised.has(life)) faults.push(`${name} is lost`);
      continue;
    }
    const isLive = life.endsAt === undefined || (life.goneAt ?? end) > end;
    const stays = isLive && (life.closed?.at ?? life.deletedAt ?? life.failedAt ?? Number.POSITIVE_INFINITY) > end;
    if (stays && life.endsAt === undefined && recorded.state !== "live")
      faults.push(`${name} lives, and is ${recorded.state}`);
    if (!isLive && recorded.state === "live") faults.push(`${name} is over, and is live`);
    const wrong = recorded.endedAt === undefined ? undefined : endFault(world, life, recorded, recorded.endedAt);
    if (wrong !== undefined) faults.push(`${name} ${wrong}`);
  }
  return faults;
};

const endFault = (world: World, life: Life, recorded: Recorded, endedAt: EpochMs): string | undefined => {
  if (life.endsAt === undefined) return undefined;
  // The server only has the last list with a session. A session without a client is open for a while, and the agent lists it
  // as long as it does not see the end.
  const openUntil = life.closed?.at ?? life.deletedAt ?? life.goneAt ?? life.endsAt;
  const listedUntil = openUntil + outOfSightMs(world, life.kind);
  const latest = (recorded.endedByServer ? listedUntil : life.endsAt) + ACCURACY_MS + skewMs(world);
  const isVague = life.kind === "PreviewSession";
  return endedAt > latest && !isVague
    ? `ended at ${formatTime(life.endsAt)}, and is recorded until ${formatTime(endedAt)}`
    : undefined;
};

/** How long, at most, a running agent could not see a kind as it was. One that is removed counts as empty only after a while. */
const outOfSightMs = ({ history, gaps, forbidden, installed }: World, kind: Kind): number => {
  const missingMs = installed[kind].to < Number.POSITIVE_INFINITY ? MISSING_MS : 0;
  const times = [...gaps, ...forbidden].filter((each) => each.kind === kind);
  const lagS = Math.max(history.firstListsLagS, ...history.gaps.map((gap) => gap.lagS));
  return times.reduce((sum, { from, to }) => sum + Math.max(0, to - from), lagS * SECOND_MS + missingMs);
};
