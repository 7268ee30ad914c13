import { KINDS, type Kind } from "../../../agent/sessions/types.ts";
import { type EpochMs, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import type { GapPlan, History, Moment } from "./history.ts";
import { type Life, lifeOf, type OperatorDown, uninstall } from "./lives.ts";

export type Process = { from: EpochMs; to: EpochMs; keepsFile: boolean };
export type Gap = Pick<GapPlan, "isReported" | "goesOn" | "lagS" | "omits"> & {
  kind: Kind;
  from: EpochMs;
  to: EpochMs;
};

/** All that is true, by a clock that is right. */
export type World = {
  history: History;
  lives: Life[];
  downs: OperatorDown[];
  processes: Process[];
  gaps: Gap[];
  installed: Record<Kind, { from: EpochMs; to: EpochMs }>;
  forbidden: { kind: Kind; from: EpochMs; to: EpochMs }[];
};

/** When the first process of the agent starts: just before the end of a year. */
export const FIRST_START: EpochMs = Date.parse("2026-12-31T23:55:00Z");
/** At the end nothing disturbs the agent for this long, or for longer where a kind is not installed any more. */
const CALM_MS = 30 * SECOND_MS;
const LONG_CALM_MS = 5 * MINUTE_MS + 20 * SECOND_MS;

const kindAt = (place: number): Kind => KINDS[place % KINDS.length] ?? "MirrordClusterSession";

/** The world of a history. The same history gives the same world. */
export const worldOf = (history: History): World => {
  const processes: Process[] = [];
  let from = FIRST_START + (Math.floor(history.salt / 1_000) % 1_000);
  for (const { upS, awayS, kept } of history.processes) {
    processes.push({ from, to: from + upS * SECOND_MS, keepsFile: kept });
    from += (upS + awayS) * SECOND_MS;
  }
  const calmMs = history.removed === undefined ? CALM_MS : LONG_CALM_MS;
  // The last process starts after the last time away.
  processes.push({ from, to: from + calmMs, keepsFile: false });
  const disturbedUntil = from;

  const at = ({ process, afterS }: Moment): EpochMs =>
    (processes[process % processes.length]?.from ?? FIRST_START) + afterS * SECOND_MS + (history.salt % 1_000);
  const interval = (start: Moment, lastsS: number) => ({
    from: Math.min(at(start), disturbedUntil),
    to: Math.min(at(start) + lastsS * SECOND_MS, disturbedUntil),
  });

  const downs = history.operatorRestarts.map(({ at: moment, downS, sessionsSurvive }) => ({
    from: at(moment),
    to: at(moment) + downS * SECOND_MS,
    sessionsSurvive,
  }));
  const installed = {} as World["installed"];
  for (const [place, kind] of KINDS.entries())
    installed[kind] = {
      from: FIRST_START + (history.installedS[place] ?? 0) * SECOND_MS,
      to:
        history.removed !== undefined && kindAt(history.removed.kind) === kind
          ? Math.min(at(history.removed.at), disturbedUntil)
          : Number.POSITIVE_INFINITY,
    };

  return {
    history,
    lives: livesOf(history, at, downs, installed),
    downs,
    processes,
    gaps: history.gaps.map(({ kind, begins, lastsS, ...rest }) => ({
      ...rest,
      kind: kindAt(kind),
      ...interval(begins, lastsS),
    })),
    installed,
    forbidden: history.forbidden.map(({ kind, at: moment, lastsS }) => ({
      kind: kindAt(kind),
      ...interval(moment, lastsS),
    })),
  };
};

const livesOf = (
  history: History,
  at: (moment: Moment) => EpochMs,
  downs: readonly OperatorDown[],
  installed: World["installed"],
): Life[] => {
  const lives: Life[] = [];
  const add = (life: Life): boolean => {
    const { from, to } = installed[life.kind];
    if (life.createdAt < from || life.createdAt >= to) return false;
    if ((life.goneAt ?? Number.POSITIVE_INFINITY) > to) uninstall(life, to);
    lives.push(life);
    return true;
  };
  for (const [place, plan] of history.lives.entries()) {
    const life = lifeOf(plan, 10 * place, at(plan.created) + 37 * place, downs);
    // Each second child belongs to the parent that was planned before it, the others to one in another cluster.
    if (plan.what === "child" || plan.what === "ci child") {
      const parent = lives.findLast(({ what }) => what === "parent");
      const isHere = parent !== undefined && place % 2 === 0;
      life.parentName = isHere ? parent.name : `mc-e15e00000000000${place}`;
      life.name = `${life.parentName}-east${place}`;
    }
    if (!add(life) || plan.againAfterS === undefined || life.goneAt === undefined) continue;
    const again = lifeOf(plan, 10 * place + 1, life.goneAt + plan.againAfterS * SECOND_MS, downs, life);
    again.parentName = life.parentName;
    add(again);
  }
  return lives;
};
