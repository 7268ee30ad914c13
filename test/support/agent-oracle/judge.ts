import { type Changes, type End, KINDS, type Kind, type Sessions, type Start } from "../../../agent/sessions/types.ts";
import { check } from "../../../shared/contract/check.ts";
import { SessionChild, SessionEndEvent, SessionStartBody } from "../../../shared/contract/requests.ts";
import { type EpochMs, formatTime, MINUTE_MS, parseTime, SECOND_MS } from "../../../shared/contract/time.ts";
import { childFault, idsOf, startFaults } from "./facts.ts";
import { isChild, isSession, type Knowledge, type Known, learn } from "./knowledge.ts";
import type { Life } from "./lives.ts";
import type { Shown } from "./watching.ts";
import { endWindow, expiryWindow, ROUNDING_MS, startWindow, type Window } from "./windows.ts";
import type { World } from "./world.ts";

const PARENT_WAITS_MS = 10 * SECOND_MS;
const MISSING_MS = 5 * MINUTE_MS;
const MEMORY_MS = 10 * MINUTE_MS;
/** Observations come once a second: nothing is due earlier. */
const SLACK_MS = 2 * SECOND_MS;

/** Holds one process of the agent against what it could know. Complaints go to `complain`. */
export const createJudge = (world: World, knowledge: Knowledge, complain: (text: string) => void) => {
  const { agentClockMs } = world.history;
  const { objects, kinds } = knowledge;
  const right = (text: string): EpochMs => (parseTime(text) ?? Number.NaN) - agentClockMs;
  const within = (at: EpochMs, { from, to }: Window) => at >= from && at <= to;
  const clock = (at: EpochMs) => formatTime(Math.max(0, Math.min(at, 4e12))).slice(0, 23);
  let childrenBefore: string | undefined;
  let childrenMayDiffer = false;

  const knownById = new Map<string, Known>();
  const remember = (known: Known, now = known.firstShownAt) => {
    for (const id of idsOf(known.life)) {
      const other = knownById.get(id);
      // The first parent of a name has the name as its id, as long as the agent remembers it.
      const isForgotten = other?.reported.endsWith("end") && (other.life.goneAt ?? now) + MEMORY_MS <= now;
      if (other === undefined || other.life === known.life || isForgotten) knownById.set(id, known);
    }
  };
  for (const known of [...objects.values()].sort((one, other) => one.life.number - other.life.number)) remember(known);

  const parentIsKnown = (name: string | undefined): boolean =>
    [...objects.values()].some(({ life }) => life.what === "parent" && life.name === name);

  /** A kind is known completely; "maybe" where the design leaves it open. */
  const isComplete = (kind: Kind, now: EpochMs): boolean | "maybe" => {
    const known = kinds[kind];
    if (known.isListed) return true;
    if (known.missingSince === undefined && known.missingAtLeastSince === undefined) return false;
    if (!known.wasEverListed) return true;
    return countsAsEmpty(kind, now);
  };
  const countsAsEmpty = (kind: Kind, now: EpochMs): boolean | "maybe" => {
    const { missingSince, missingAtLeastSince } = kinds[kind];
    if (missingSince !== undefined && now - missingSince > MISSING_MS + 3 * SLACK_MS) return true;
    return missingAtLeastSince !== undefined && now - missingAtLeastSince >= MISSING_MS ? "maybe" : false;
  };

  const learnAll = ({ now, observation, sights }: Shown): void => {
    if (!("kind" in observation)) return;
    const kind = kinds[observation.kind];
    if (observation.type === "lost") {
      kind.missingSince = kind.inSightSince = undefined;
      return;
    }
    if (observation.type === "missing") {
      kind.missingSince ??= now;
      kind.missingAtLeastSince ??= now;
      kind.inSightSince = undefined;
      // Until a 404 counts, nothing is known of the kind.
      const isEmpty = kind.wasEverListed ? countsAsEmpty(observation.kind, now) : true;
      if (isEmpty !== false) kind.observedAt = now;
      if (isEmpty === true) kind.currentAt = now;
      return;
    }
    kind.observedAt = now;
    kind.inSightSince ??= now;
    kind.missingSince = kind.missingAtLeastSince = undefined;
    for (const sight of sights) remember(learn(world, objects, sight, now), now);
    if (observation.type === "current") {
      kind.currentAt = now;
      for (const known of objects.values())
        if (known.life.kind === observation.kind && known.is === "live") known.confirmedAt = now;
    }
    if (observation.type !== "listed") return;
    Object.assign(kind, { isListed: true, wasEverListed: true, currentAt: now });
    const listed = new Set(sights.map(({ life }) => life.uid));
    for (const known of objects.values())
      if (known.life.kind === observation.kind && known.is === "live" && !listed.has(known.life.uid))
        known.is = "absent";
  };

  /** What has to be reported of an object now, and by when. */
  const due = (known: Known, now: EpochMs): { what: Known["reported"] | undefined; by: EpochMs } => {
    const { life, is, reported } = known;
    const nothing = { what: undefined, by: now };
    if (isChild(life)) {
      if (is === "live" && reported === "inferred end") known.reported = "nothing";
      if (is === "live" || reported === "end" || parentIsKnown(life.parentName)) return nothing;
      if (is === "closed") return { what: "end", by: now };
      return reported === "inferred end" ? nothing : { what: "inferred end", by: now };
    }
    if (!isSession(life, known.version) || reported === "end") return nothing;
    if (is === "closed") return { what: "end", by: now };
    if (is === "absent") return reported === "inferred end" ? nothing : { what: "inferred end", by: now };
    if (life.kind === "PreviewSession" && known.isShownHere) {
      const inSightSince = kinds.PreviewSession.inSightSince ?? now;
      const by = Math.max(expiryWindow(world, life).to, known.firstShownAt, inSightSince) + SLACK_MS;
      if (now >= by) return { what: "end", by };
      if (now >= expiryWindow(world, life).from) return nothing;
    }
    if (reported === "start" || !known.isShownHere) return nothing;
    return { what: "start", by: life.what === "parent" ? known.firstShownAt + PARENT_WAITS_MS + SLACK_MS : now };
  };

  const nameOf = ({ life }: Known) => `${life.what} ${life.number} (${[...idsOf(life)][0]})`;

  const started = (start: Start): void => {
    const known = knownById.get(start.session_id);
    const checked = check(SessionStartBody, start);
    if (!checked.ok) complain(`the start of ${start.session_id} is not decoded: ${JSON.stringify(checked.faults)}`);
    if (known === undefined) {
      complain(`a start of ${start.session_id}, which nobody showed`);
      return;
    }
    const name = nameOf(known);
    if (isChild(known.life)) {
      complain(`a start of the child ${name}`);
      return;
    }
    for (const fault of startFaults(start, known)) complain(`the start of ${name}: ${fault}`);
    const at = right(start.started_at);
    if (at > known.firstShownAt) complain(`the start of ${name} is after its first sight`);
    if (!within(at, startWindow(world, known.life)))
      complain(`${name} starts at ${clock(at)}, not near ${clock(startWindow(world, known.life).from + ROUNDING_MS)}`);
    if (known.is === "absent") complain(`a start of ${name}, which is missing`);
    if (known.reported === "end") complain(`a start of ${name}, which is over`);
    if (known.reported === "start" && known.life.what !== "parent") complain(`a second start of ${name}`);
    known.reported = "start";
  };

  const ended = (end: End, now: EpochMs): void => {
    const known = knownById.get(end.session_id);
    const checked = check(SessionEndEvent, end);
    if (!checked.ok) complain(`the end of ${end.session_id} is not decoded: ${JSON.stringify(checked.faults)}`);
    if (known === undefined) {
      complain(`an end of ${end.session_id}, which nobody showed`);
      return;
    }
    const name = nameOf(known);
    const { life } = known;
    const isInferred = end.inferred === true;
    for (const fault of startFaults(end.start, known)) complain(`the end of ${name}: ${fault}`);
    // Out of sight it may have ended before it expired.
    const isInSight = known.isShownHere && kinds[life.kind].inSightSince !== undefined;
    const isExpired = life.kind === "PreviewSession" && isInSight && now >= expiryWindow(world, life).from;
    const isEmptied = known.is === "live" && countsAsEmpty(life.kind, now) !== false;
    if (isEmptied) known.is = "absent";
    if (known.is === "live" && isExpired) known.is = "closed";
    if (known.is === "live") complain(`an end of ${name}, which lives`);
    if (isInferred !== (known.is === "absent"))
      complain(`the end of ${name} is ${isInferred ? "" : "not "}inferred, but it is ${known.is}`);
    if (known.reported === "end" || (known.reported === "inferred end" && isInferred))
      complain(`a second end of ${name}`);

    const [at, from] = [right(end.ended_at), right(end.start.started_at)];
    if (at < from) complain(`${name} ends before its start`);
    if (at > now) complain(`${name} ends in the future`);
    const window = endWindow(world, known, now, isInferred);
    const start = startWindow(world, life);
    // It never ends before its start, nor after the present: a window beyond is moved there.
    const moved = { from: Math.min(window.from, now), to: Math.max(window.to, start.to) };
    if (!within(at, moved)) complain(`${name} ends at ${clock(at)}, not in ${clock(moved.from)} to ${clock(moved.to)}`);
    if (life.kind !== "PreviewSession" && (life.connectedAt ?? now) > known.version && at !== from)
      complain(`${name} never connected, yet lasts ${at - from} ms`);
    const { closed } = life;
    const isReasonKnown = !isInferred && closed !== undefined && closed.at <= known.version && known.reported !== "end";
    if (isReasonKnown && end.reason !== closed.reason) complain(`${name} ends as ${end.reason}, not ${closed.reason}`);
    known.reported = isInferred ? "inferred end" : "end";
  };

  return {
    /** The object of an id. */
    lifeOf: (id: string): Life | undefined => knownById.get(id)?.life,

    /** Judges what an observation led to. */
    observe(shown: Shown, changes: Changes): void {
      learnAll(shown);
      const { now } = shown;
      for (const start of changes.started) started(start);
      for (const end of changes.ended) ended(end, now);
      if (!shown.sights.some(({ life }) => life.what === "odd"))
        for (const fault of changes.faults) complain(`a fault: ${fault}`);
      if (changes.childrenChanged) childrenMayDiffer = true;
      for (const known of objects.values()) {
        if (known.is === "live" && countsAsEmpty(known.life.kind, now) === true) known.is = "absent";
        const { what, by } = due(known, now);
        if (what === undefined || now < by) continue;
        complain(`no ${what} of ${nameOf(known)}, which is ${known.is}`);
        known.reported = what;
      }
    },

    /** Judges the view, after all observations of a moment. */
    view(sessions: Sessions, now: EpochMs): void {
      const { list, children, observedAt } = sessions.view();
      const complete = KINDS.map((kind) => isComplete(kind, now));
      if (list !== undefined && complete.includes(false)) complain("a list before each kind was listed");
      if (list === undefined && complete.every((each) => each === true)) complain("no list, yet each kind was listed");
      if ((children === undefined) !== (list === undefined)) complain("list and children do not come together");
      if (list === undefined || children === undefined || complete.includes(false)) return;

      const sorted = [...new Set(list)].sort();
      if (JSON.stringify(sorted) !== JSON.stringify(list))
        complain(`the list is not sorted or has an id twice: ${list}`);
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
      if (childrenBefore !== undefined && after !== childrenBefore && !childrenMayDiffer)
        complain("the children differ, and no change said so");
      [childrenBefore, childrenMayDiffer] = [after, false];

      const observed = observedAt === undefined ? undefined : observedAt - agentClockMs;
      const known = Object.values(kinds);
      const least = Math.min(...known.map(({ currentAt }) => currentAt ?? 0));
      const most = Math.min(...known.map(({ observedAt: at }) => at ?? 0));
      if (observed === undefined || observed < least || observed > most)
        complain(`observed at ${observed && clock(observed)}, not in ${clock(least)} to ${clock(most)}`);
    },
  };
};
