import type { Changes, End, Sessions, Start } from "../../../agent/sessions/types.ts";
import { type EpochMs, formatTime, SECOND_MS } from "../../../shared/contract/time.ts";
import { finalFaults } from "./final.ts";
import type { History } from "./history.ts";
import { createJudge } from "./judge.ts";
import { isChild, isSession, keep, newKnowledge } from "./knowledge.ts";
import { closesAt, type Life } from "./lives.ts";
import { createRecord } from "./record.ts";
import { randomOf, type Shown, watching } from "./watching.ts";
import { type Process, type World, worldOf } from "./world.ts";

/** Makes the state machine of a process, of what the one before it kept. */
export type MakeSessions = (restored: unknown) => Sessions;

const AT_MOST_EVERY_MS = 2 * SECOND_MS;
/** A parent waits for a child before it is reported. */
const REPORTED_AFTER_MS = 3 * SECOND_MS;
const PARENT_REPORTED_AFTER_MS = 16 * SECOND_MS;

/** An event on its way to the server, and the object that it is about. */
type Event = { life: Life | undefined } & ({ start: Start } | { end: End });
type Kept = { state: string; knowledge: ReturnType<typeof newKnowledge>; pending: Event[] };

/** Lives through a history. Returns what the agent did that the design does not allow, and how much there was to see. */
export const liveThrough = (history: History, make: MakeSessions) => {
  const world = worldOf(history);
  const complaints: string[] = [];
  const record = createRecord();
  const owners = new Map<string, Set<Life>>();
  const promised = new Set<Life>();
  const random = randomOf(history.salt);
  let count = 0;
  let kept: Kept | undefined;

  for (const [place, process] of world.processes.entries()) {
    const complain = (text: string, now: EpochMs) =>
      complaints.push(`process ${place}, ${((now - process.from) / 1_000).toFixed(1)} s (${formatTime(now)}): ${text}`);
    const lived = liveAsProcess(world, process, { place, make, kept, record, owners, promised, random, complain });
    count += lived.observations;
    kept = process.keepsFile ? lived.kept : undefined;
    if (complaints.length > 0) break;
  }
  if (complaints.length === 0) complaints.push(...finalFaults(world, record, owners, promised));
  return { world, complaints, observations: count, sessions: [...record.sessions.values()] };
};

type Surroundings = {
  place: number;
  make: MakeSessions;
  kept: Kept | undefined;
  record: ReturnType<typeof createRecord>;
  owners: Map<string, Set<Life>>;
  promised: Set<Life>;
  random: () => number;
  complain: (text: string, now: EpochMs) => void;
};

const liveAsProcess = (world: World, process: Process, around: Surroundings) => {
  const { record, owners, promised, random, kept } = around;
  const { agentClockMs, saveEveryS, beatEveryS } = world.history;
  let now = process.from;
  const knowledge = kept === undefined ? newKnowledge() : keep(kept.knowledge);
  const judge = createJudge(world, knowledge, (text) => around.complain(text, now));
  const sessions = around.make(kept === undefined ? undefined : JSON.parse(kept.state));
  const watch = watching(world, process.from, around.place > 0, random);
  const pending: Event[] = [...(kept?.pending ?? [])];
  const refused: string[] = [];
  // The first heartbeat with a list of a new process goes out at once.
  let hasListed = false;
  let [beatenAt, savedAt, observations] = [process.from, process.from - saveEveryS * SECOND_MS, 0];
  let saved = { state: JSON.stringify(sessions.state()), knowledge: keep(knowledge) };

  const note = (id: string, life: Life | undefined): void => {
    if (life !== undefined && !isChild(life)) owners.set(id, (owners.get(id) ?? new Set()).add(life));
  };
  const take = (changes: Changes): void => {
    for (const start of changes.started) pending.push({ start, life: judge.lifeOf(start.session_id) });
    for (const end of changes.ended) pending.push({ end, life: judge.lifeOf(end.session_id) });
  };
  const observe = (shown: Shown): void => {
    observations += 1;
    const changes = sessions.observe(shown.observation);
    judge.observe(shown, changes);
    take(changes);
    for (const { life, version } of shown.sights) {
      const survives = process.to - now;
      // A later parent of a name is known as such only while it lives: then the server can refuse the start of its name.
      const openMs = life.number % 10 === 0 ? Number.POSITIVE_INFINITY : (closesAt(life) ?? process.to) - now;
      const isLongEnough =
        life.what === "parent" ? Math.min(survives, openMs) >= PARENT_REPORTED_AFTER_MS : survives >= REPORTED_AFTER_MS;
      if (isSession(life, version) && (isLongEnough || (process.keepsFile && life.what !== "parent")))
        promised.add(life);
    }
  };
  const beat = (): void => {
    beatenAt = now;
    const answer = (start: Start, life: Life | undefined) => {
      if (record.start(start, agentClockMs)) note(start.session_id, life);
      else refused.push(start.session_id);
    };
    for (const event of pending.splice(0)) {
      if ("start" in event) answer(event.start, event.life);
      else if (record.end(event.end, agentClockMs)) note(event.end.session_id, event.life);
    }
    const { list } = sessions.view();
    if (list === undefined) return;
    hasListed = true;
    for (const id of record.list(list, now)) {
      const start = sessions.start(id);
      if (start !== undefined) answer(start, judge.lifeOf(id));
    }
  };

  for (; now < process.to; now += SECOND_MS) {
    for (const sessionId of refused.splice(0))
      observe({ now, sights: [], observation: { at: now + agentClockMs, type: "over", sessionId } });
    for (const shown of watch.step(now)) observe(shown);
    judge.view(sessions, now);
    if (now - savedAt >= saveEveryS * SECOND_MS) {
      savedAt = now;
      saved = { state: JSON.stringify(sessions.state()), knowledge: keep(knowledge) };
    }
    const isFirst = !hasListed && sessions.view().list !== undefined;
    const isDue = isFirst || now - beatenAt >= beatEveryS * SECOND_MS;
    if (isDue || (pending.length > 0 && now - beatenAt >= AT_MOST_EVERY_MS)) beat();
  }
  return { kept: { ...saved, pending }, observations };
};
