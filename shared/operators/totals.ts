import { ITEM_VERSION, sessionTotalsKey } from "../contract/keys.ts";
import { DURATION_BUCKETS_SECONDS } from "../contract/metrics.ts";
import type { Expression, Item, Write } from "../store/table.ts";

/** What sessions of one kind add up to since the server began; none of it ever goes down. */
export type KindTotals = {
  created: number;
  /** Seconds of the sessions whose end was told. */
  seconds: number;
  /** How many of those fell into each bucket, not cumulated; the last one has no upper bound. */
  buckets: readonly number[];
};

export type SessionTotals = { people: KindTotals; ci: KindTotals };

/** What is to be added to totals, by attribute. */
export type Tally = Readonly<Record<string, number>>;

/** How many events have been counted: it moves whenever anything of the totals does. */
const COUNTED = "counted";

/** A session's record was made, by its start or by an end that came without one. */
export const createdTally = (ci: boolean): Tally => ({ [COUNTED]: 1, [createdAttribute(ci)]: 1 });

/**
 * A session's end was told. An end that the server only concluded (`lost`) is not tallied: it may be withdrawn or
 * replaced, and a counter cannot take anything back. So every session is tallied once at most.
 */
export const endedTally = (ci: boolean, seconds: number): Tally => ({
  [COUNTED]: 1,
  [secondsAttribute(ci)]: seconds,
  [bucketAttribute(
    ci,
    DURATION_BUCKETS_SECONDS.find((bound) => seconds <= bound),
  )]: 1,
});

export const addTallies = (one: Tally, other: Tally): Tally => {
  const sum: Record<string, number> = { ...one };
  for (const [name, by] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + by;
  return sum;
};

/** The totals that an operator's item, or the item of those that were given up, holds. */
export const totalsIn = (item: Item | undefined): SessionTotals => ({
  people: kindIn(item, false),
  ci: kindIn(item, true),
});

export const addTotals = (one: SessionTotals, other: SessionTotals): SessionTotals => ({
  people: addKinds(one.people, other.people),
  ci: addKinds(one.ci, other.ci),
});

/** How often the totals of an item have moved. */
export const countedIn = (item: Item | undefined): number => Number(item?.[COUNTED] ?? 0);

/**
 * Adds the totals of an operator's item to those of all that were given up. It goes into the transaction that takes them
 * out of the item (`withoutTotals`), so that they are in one of the two places at any moment, and in one only.
 */
export const foldWrite = (item: Item): Write => {
  const tally = ATTRIBUTES.flatMap((name) => (item[name] === undefined ? [] : [[name, Number(item[name])] as const]));
  const added = addClause(Object.fromEntries(tally));
  return {
    kind: "update",
    key: sessionTotalsKey,
    update: { expression: `SET v = :v ${added.expression}`, values: { ":v": ITEM_VERSION, ...added.values } },
  };
};

/** The clause that takes the totals out of an item, and the condition that they have not moved since it was read. */
export const withoutTotals = (item: Item): { remove: string; unmoved: Expression } => ({
  remove: ATTRIBUTES.join(", "),
  unmoved:
    item[COUNTED] === undefined
      ? { expression: `attribute_not_exists(${COUNTED})` }
      : { expression: `${COUNTED} = :counted`, values: { ":counted": item[COUNTED] } },
});

/** The clause that adds these numbers, one at least, to attributes. */
export const addClause = (by: Tally): { expression: string; values: Record<string, number> } => {
  const added = Object.entries(by);
  return {
    expression: `ADD ${added.map(([name]) => `${name} :add_${name}`).join(", ")}`,
    values: Object.fromEntries(added.map(([name, number]) => [`:add_${name}`, number])),
  };
};

// Short: they stand in the item that every heartbeat pays for. A bucket's name holds its bound, so that other bounds can
// be chosen one day without mixing up what was counted before.
const createdAttribute = (ci: boolean): string => (ci ? "ciMade" : "made");
const secondsAttribute = (ci: boolean): string => (ci ? "ciRan" : "ran");
const bucketAttribute = (ci: boolean, bound: number | undefined): string => `${ci ? "ci" : "ran"}${bound ?? "More"}`;

const BOUNDS = [...DURATION_BUCKETS_SECONDS, undefined];

const ATTRIBUTES: readonly string[] = [
  COUNTED,
  ...[false, true].flatMap((ci) => [
    createdAttribute(ci),
    secondsAttribute(ci),
    ...BOUNDS.map((bound) => bucketAttribute(ci, bound)),
  ]),
];

const kindIn = (item: Item | undefined, ci: boolean): KindTotals => ({
  created: Number(item?.[createdAttribute(ci)] ?? 0),
  seconds: Number(item?.[secondsAttribute(ci)] ?? 0),
  buckets: BOUNDS.map((bound) => Number(item?.[bucketAttribute(ci, bound)] ?? 0)),
});

const addKinds = (one: KindTotals, other: KindTotals): KindTotals => ({
  created: one.created + other.created,
  seconds: one.seconds + other.seconds,
  buckets: one.buckets.map((number, place) => number + (other.buckets[place] ?? 0)),
});
