import { KINDS, type Sessions } from "../../../agent/sessions/types.ts";
import { check } from "../../../shared/contract/check.ts";
import { SessionChild } from "../../../shared/contract/requests.ts";
import type { EpochMs } from "../../../shared/contract/time.ts";
import { childFault, idsOf, nameOf } from "./facts.ts";
import { isComplete } from "./kinds-known.ts";
import { isChild, type Knowledge, type Known } from "./knowledge.ts";
import { clock, expiryWindow } from "./windows.ts";
import type { World } from "./world.ts";

/** Judges what the agent says is live, after all observations of a moment. `childrenChanged` says whether it reported such a change. */
export const createViewJudge = (
  world: World,
  { objects, kinds }: Knowledge,
  knownById: ReadonlyMap<string, Known>,
  complain: (text: string) => void,
) => {
  let childrenBefore: string | undefined;
  return (sessions: Sessions, now: EpochMs, childrenChanged: boolean): void => {
    const { list, children, observedAt } = sessions.view();
    const complete = KINDS.map((kind) => isComplete(kinds[kind], now));
    if (list !== undefined && complete.includes(false)) complain("a list before each kind was listed");
    if (list === undefined && complete.every((each) => each === true)) complain("no list, yet each kind was listed");
    if ((children === undefined) !== (list === undefined)) complain("list and children do not come together");
    if (list === undefined || children === undefined || complete.includes(false)) return;

    const sorted = [...new Set(list)].sort();
    if (JSON.stringify(sorted) !== JSON.stringify(list)) complain(`the list is not sorted or has an id twice: ${list}`);
    const listed = new Set(list);
    for (const id of list) {
      const known = knownById.get(id);
      if (known === undefined || isChild(known.life)) complain(`${id} in the list`);
      else if (known.is !== "live" || known.reported !== "start") {
        if (known.is !== "live" || known.life.what !== "parent")
          complain(`${nameOf(known)} in the list is ${known.is}`);
      }
      const name = sessions.stopTarget(id)?.name;
      if (name !== known?.life.name) complain(`${id} is to be stopped as ${name}`);
      if (sessions.start(id) === undefined) complain(`no start for ${id}, which is in the list`);
    }
    for (const known of objects.values()) {
      if (known.is !== "live" || known.reported !== "start" || isChild(known.life)) continue;
      const mayHaveExpired = known.life.kind === "PreviewSession" && now >= expiryWindow(world, known.life).from;
      if (!mayHaveExpired && ![...idsOf(known.life)].some((id) => listed.has(id)))
        complain(`${nameOf(known)} lives and is not in the list`);
    }

    const ids = children.map(({ session_id }) => session_id);
    const live = [...objects.values()].filter(({ life, is }) => isChild(life) && is === "live");
    const expected = live.map(({ life }) => [...idsOf(life)][0]).sort();
    if (JSON.stringify(ids) !== JSON.stringify(expected)) complain(`the children are ${ids}, not ${expected}`);
    for (const child of children) {
      const known = knownById.get(child.session_id);
      const fault = known === undefined ? undefined : childFault(child, known, [...objects.values()]);
      if (fault !== undefined) complain(`the child ${child.session_id}: ${fault}`);
      if (!check(SessionChild, child).ok) complain(`the child ${child.session_id} is not decoded`);
    }
    const after = JSON.stringify(children);
    if (childrenBefore !== undefined && after !== childrenBefore && !childrenChanged)
      complain("the children differ, and no change said so");
    childrenBefore = after;

    const observed = observedAt === undefined ? undefined : observedAt - world.history.agentClockMs;
    const known = Object.values(kinds);
    const least = Math.min(...known.map(({ currentAt }) => currentAt ?? 0));
    const most = Math.min(...known.map(({ observedAt: at }) => at ?? 0));
    if (observed === undefined || observed < least || observed > most)
      complain(`observed at ${observed && clock(observed)}, not in ${clock(least)} to ${clock(most)}`);
  };
};
