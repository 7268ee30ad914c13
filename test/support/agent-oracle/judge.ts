import type { Changes, Sessions } from "../../../agent/sessions/types.ts";
import { type EpochMs, MINUTE_MS } from "../../../shared/contract/time.ts";
import { dutyOf } from "./duties.ts";
import { idsOf, nameOf } from "./facts.ts";
import { createEventJudge } from "./judge-events.ts";
import { createViewJudge } from "./judge-view.ts";
import { countsAsEmpty, learnFrom } from "./kinds-known.ts";
import type { Knowledge, Known } from "./knowledge.ts";
import type { Life } from "./lives.ts";
import type { Shown } from "./watching.ts";
import type { World } from "./world.ts";

/** An agent remembers what is gone for this long. */
const MEMORY_MS = 10 * MINUTE_MS;

/** Holds one process of the agent against what it could know. Complaints go to `complain`. */
export const createJudge = (world: World, knowledge: Knowledge, complain: (text: string) => void) => {
  const { objects, kinds } = knowledge;
  const knownById = new Map<string, Known>();
  const events = createEventJudge(world, knowledge, knownById, complain);
  const judgeView = createViewJudge(world, knowledge, knownById, complain);
  let childrenChanged = false;

  const remember = (known: Known, now = known.firstShownAt) => {
    for (const id of idsOf(known.life)) {
      const other = knownById.get(id);
      // The first parent of a name has the name as its id, as long as the agent remembers it.
      const isForgotten = other?.reported.endsWith("end") && (other.life.goneAt ?? now) + MEMORY_MS <= now;
      if (other === undefined || other.life === known.life || isForgotten) knownById.set(id, known);
    }
  };
  for (const known of [...objects.values()].sort((one, other) => one.life.number - other.life.number)) remember(known);

  return {
    /** The object of an id. */
    lifeOf: (id: string): Life | undefined => knownById.get(id)?.life,

    /** Judges what an observation led to. */
    observe(shown: Shown, changes: Changes): void {
      const { now } = shown;
      for (const known of learnFrom(world, knowledge, shown)) remember(known, now);
      for (const start of changes.started) events.started(start);
      for (const end of changes.ended) events.ended(end, now);
      if (!shown.sights.some(({ life }) => life.what === "odd"))
        for (const fault of changes.faults) complain(`a fault: ${fault}`);
      childrenChanged ||= changes.childrenChanged;
      for (const known of objects.values()) {
        if (known.is === "live" && countsAsEmpty(kinds[known.life.kind], now) === true) known.is = "absent";
        const { what, by } = dutyOf(world, knowledge, known, now);
        if (what === undefined || now < by) continue;
        complain(`no ${what} of ${nameOf(known)}, which is ${known.is}`);
        known.reported = what;
      }
    },

    /** Judges the view, after all observations of a moment. */
    view(sessions: Sessions, now: EpochMs): void {
      judgeView(sessions, now, childrenChanged);
      childrenChanged = false;
    },
  };
};
