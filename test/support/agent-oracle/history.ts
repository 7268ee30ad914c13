import fc from "fast-check";

const HOUR_S = 3_600;

/** A moment: seconds after (or before) the start of one of the agent's processes, or within its life. */
export type Moment = { process: number; afterS: number };

export type LifePlan = {
  what: "user" | "ci" | "targetless" | "copied" | "pod set" | "odd" | "parent" | "child" | "ci child" | "preview";
  created: Moment;
  /** Undefined: no client ever connects. A preview: it never gets ready. */
  connectsAfterS: number | undefined;
  /** Undefined: it lives on. */
  connectedForS: number | undefined;
  /** A preview: it expires, it fails, or it is deleted. */
  closes: "unused" | "at once" | "without a word";
  writes: "closed first" | "deletion first" | "both at once";
  /** Another object gets the same name this long after the object is gone. */
  againAfterS: number | undefined;
};

export type ProcessPlan = {
  /** The process runs this long. */
  upS: number;
  /** Then no process runs for this long. */
  awayS: number;
  /** The next process has the kept file of this one. Without it, it runs on another machine. */
  kept: boolean;
};

/** A time without observations of one kind. */
export type GapPlan = {
  kind: number;
  begins: Moment;
  lastsS: number;
  isReported: boolean;
  /** With the events since, or with a new list. */
  goesOn: "resume" | "list";
  /** The list shows the cluster as it was this long ago. */
  lagS: number;
  /** Objects missing from the list: each whose number has this remainder of three. */
  omits: number | undefined;
};

export type History = {
  salt: number;
  /** What the clock of the API server is ahead of a clock that is right. */
  apiClockMs: number;
  /** What the operator's clock is ahead of the API server's. */
  operatorClockMs: number;
  /** What the agent's clock is ahead of a clock that is right. */
  agentClockMs: number;
  stampsHaveMs: boolean;
  lives: LifePlan[];
  operatorRestarts: { at: Moment; downS: number; sessionsSurvive: boolean }[];
  /** When the definition of each kind is installed, in seconds after the first start of the agent. */
  installedS: number[];
  removed: { kind: number; at: Moment } | undefined;
  forbidden: { kind: number; at: Moment; lastsS: number }[];
  processes: ProcessPlan[];
  gaps: GapPlan[];
  firstListsLagS: number;
  saveEveryS: number;
  beatEveryS: number;
};

const { constant, constantFrom, integer, oneof, record, array, boolean, option, nat } = fc;

const moment = (leastS: number, mostS: number) =>
  record({ process: nat(3), afterS: integer({ min: leastS, max: mostS }) });
const sometimes = <T>(arbitrary: fc.Arbitrary<T>, freq = 2) => option(arbitrary, { nil: undefined, freq });

const life = record<LifePlan>({
  what: constantFrom<LifePlan["what"][]>(
    ...(["user", "user", "user", "ci", "targetless", "copied", "pod set", "odd"] as const),
    ...(["parent", "child", "ci child", "preview", "preview"] as const),
  ),
  created: moment(-150, 150),
  connectsAfterS: sometimes(constantFrom(0, 1, 4, 20), 6),
  connectedForS: sometimes(oneof(integer({ min: 0, max: 60 }), integer({ min: 60, max: 4_000 })), 6),
  closes: constantFrom<LifePlan["closes"][]>("unused", "unused", "at once", "without a word"),
  writes: constantFrom<LifePlan["writes"][]>("closed first", "deletion first", "both at once"),
  againAfterS: option(constantFrom(1, 20, 200), { nil: undefined, freq: 3 }),
});

const gap = record<GapPlan>({
  kind: nat(2),
  begins: moment(1, 150),
  lastsS: oneof(integer({ min: 0, max: 40 }), integer({ min: 40, max: 400 })),
  isReported: boolean(),
  goesOn: constantFrom<GapPlan["goesOn"][]>("resume", "list"),
  lagS: constantFrom(0, 0, 3, 20, 60),
  omits: option(nat(2), { nil: undefined, freq: 2 }),
});

/** What a cluster and the agent in it can live through. */
export const histories: fc.Arbitrary<History> = record<History>({
  salt: nat(),
  apiClockMs: constantFrom(0, 0, -2_000, 4 * 60_000, -26 * HOUR_S * 1_000),
  operatorClockMs: constantFrom(0, 0, 0, 1_500, -90_000, 90_000),
  agentClockMs: constantFrom(0, 0, 3_000, -10 * 60_000),
  stampsHaveMs: boolean(),
  lives: array(life, { minLength: 1, maxLength: 7 }),
  operatorRestarts: array(
    record({ at: moment(-30, 120), downS: integer({ min: 3, max: 40 }), sessionsSurvive: boolean() }),
    { maxLength: 1 },
  ),
  installedS: fc.tuple(
    constantFrom(-HOUR_S, -HOUR_S, -HOUR_S, 20),
    constantFrom(-HOUR_S, -HOUR_S, 40, 1e9),
    constantFrom(-HOUR_S, -HOUR_S, 40, 1e9),
  ),
  removed: option(record({ kind: nat(2), at: moment(5, 120) }), { nil: undefined, freq: 3 }),
  forbidden: array(record({ kind: nat(2), at: moment(-20, 100), lastsS: integer({ min: 5, max: 200 }) }), {
    maxLength: 1,
  }),
  processes: array(
    record<ProcessPlan>({
      upS: oneof(integer({ min: 1, max: 20 }), integer({ min: 20, max: 160 })),
      awayS: oneof(
        { weight: 3, arbitrary: integer({ min: 5, max: 55 }) },
        { weight: 2, arbitrary: integer({ min: 61, max: 600 }) },
        { weight: 1, arbitrary: constant(6 * HOUR_S) },
      ),
      kept: boolean(),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  gaps: array(gap, { maxLength: 3 }),
  firstListsLagS: constantFrom(0, 0, 0, 10, 50),
  saveEveryS: constantFrom(1, 1, 5),
  beatEveryS: constantFrom(10, 60),
});
