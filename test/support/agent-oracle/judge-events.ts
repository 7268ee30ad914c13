import type { End, Start } from "../../../agent/sessions/types.ts";
import { check } from "../../../shared/contract/check.ts";
import { SessionEndEvent, SessionStartBody } from "../../../shared/contract/requests.ts";
import { type EpochMs, parseTime } from "../../../shared/contract/time.ts";
import { nameOf, parentKind, startFaults } from "./facts.ts";
import { countsAsEmpty } from "./kinds-known.ts";
import { isChild, type Knowledge, type Known } from "./knowledge.ts";
import { clock, endWindow, expiryWindow, ROUNDING_MS, startWindow, type Window } from "./windows.ts";
import type { World } from "./world.ts";

/** Judges the events that the agent reports, and notes in what is known that it did. */
export const createEventJudge = (
  world: World,
  { objects, kinds }: Knowledge,
  knownById: ReadonlyMap<string, Known>,
  complain: (text: string) => void,
) => {
  const right = (text: string): EpochMs => (parseTime(text) ?? Number.NaN) - world.history.agentClockMs;
  const within = (at: EpochMs, { from, to }: Window) => at >= from && at <= to;

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
    const kind = known.life.what === "parent" ? parentKind(known.life, [...objects.values()]) : undefined;
    if (kind !== undefined && start.session_kind !== kind)
      complain(`${name} starts as ${start.session_kind}, not ${kind}`);
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
    const isEmptied = known.is === "live" && countsAsEmpty(kinds[life.kind], now) !== false;
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

  return { started, ended };
};
