import { ITEM_VERSION, sessionTotalsKey } from "../contract/keys.ts";
import { DURATION_BUCKETS_SECONDS } from "../contract/metrics.ts";
import type { SessionKind } from "../contract/requests.ts";
import type { Expression, Item, Write } from "../store/table.ts";

/** The sums of sessions of one kind since the server began. They never go down. */
export type KindTotals = {
  created: number;
  /** Seconds of the sessions whose end was reported. */
  seconds: number;
  /** How many of those fell into each bucket, not cumulated; the last one has no upper bound. */
  buckets: readonly number[];
};

export type SessionTotals = { people: KindTotals; ci: KindTotals; previews: KindTotals };

/** Numbers to add to the totals, by attribute. */
export type Tally = Readonly<Record<string, number>>;

/** How many events have been counted. It changes with every change of the totals. */
const COUNTED = "counted";

/** For a session's record that was created, by its start or by an end whose start never came. */
export const createdTally = (kind: SessionKind): Tally => ({ [COUNTED]: 1, [createdAttribute(kind)]: 1 });

/**
 * For a session's end that was reported. The end of a lost session does not count: it may be withdrawn or replaced, and a
 * counter cannot go down. So every session counts once at most.
 */
export const endedTally = (kind: SessionKind, seconds: number): Tally => ({
  [COUNTED]: 1,
  [secondsAttribute(kind)]: seconds,
  [bucketAttribute(
    kind,
    DURATION_BUCKETS_SECONDS.find((bound) => seconds <= bound),
  )]: 1,
});

export const addTallies = (one: Tally, other: Tally): Tally => {
  const sum: Record<string, number> = { ...one };
  for (const [name, by] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + by;
  return sum;
};

/** The totals in the item of an operator, or of all operators that were given up. */
export const totalsIn = (item: Item | undefined): SessionTotals => ({
  people: kindIn(item, "user"),
  ci: kindIn(item, "ci"),
  previews: kindIn(item, "preview"),
});

export const addTotals = (one: SessionTotals, other: SessionTotals): SessionTotals => ({
  people: addKinds(one.people, other.people),
  ci: addKinds(one.ci, other.ci),
  previews: addKinds(one.previews, other.previews),
});

/** How many events the totals of an item count. */
export const countedIn = (item: Item | undefined): number => Number(item?.[COUNTED] ?? 0);

/**
 * Adds the totals of an operator's item to those of all operators that were given up. Write it in the transaction that
 * removes them from the item (`withoutTotals`), so that they are in exactly one of the two items at any moment.
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

/** The clause that removes the totals from an item, and the condition that they have not changed since it was read. */
export const withoutTotals = (item: Item): { remove: string; unmoved: Expression } => ({
  remove: ATTRIBUTES.join(", "),
  unmoved:
    item[COUNTED] === undefined
      ? { expression: `attribute_not_exists(${COUNTED})` }
      : { expression: `${COUNTED} = :counted`, values: { ":counted": item[COUNTED] } },
});

/** The clause that adds these numbers to attributes. There must be at least one. */
export const addClause = (by: Tally): { expression: string; values: Record<string, number> } => {
  const added = Object.entries(by);
  return {
    expression: `ADD ${added.map(([name]) => `${name} :add_${name}`).join(", ")}`,
    values: Object.fromEntries(added.map(([name, number]) => [`:add_${name}`, number])),
  };
};

// Short names, since every heartbeat pays for the size of this item. A bucket's name contains its bound, so that a later
// release can choose other bounds.
const createdAttribute = (kind: SessionKind): string => ({ user: "made", ci: "ciMade", preview: "pvMade" })[kind];
const secondsAttribute = (kind: SessionKind): string => ({ user: "ran", ci: "ciRan", preview: "pvRan" })[kind];
const bucketAttribute = (kind: SessionKind, bound: number | undefined): string =>
  `${{ user: "ran", ci: "ci", preview: "pv" }[kind]}${bound ?? "More"}`;

// Not from the contract's decoder: functions that decode no body must not load it.
const SESSION_KINDS: readonly SessionKind[] = ["user", "ci", "preview"];
const BOUNDS = [...DURATION_BUCKETS_SECONDS, undefined];

const ATTRIBUTES: readonly string[] = [
  COUNTED,
  ...SESSION_KINDS.flatMap((kind) => [
    createdAttribute(kind),
    secondsAttribute(kind),
    ...BOUNDS.map((bound) => bucketAttribute(kind, bound)),
  ]),
];

const kindIn = (item: Item | undefined, kind: SessionKind): KindTotals => ({
  created: Number(item?.[createdAttribute(kind)] ?? 0),
  seconds: Number(item?.[secondsAttribute(kind)] ?? 0),
  buckets: BOUNDS.map((bound) => Number(item?.[bucketAttribute(kind, bound)] ?? 0)),
});

const addKinds = (one: KindTotals, other: KindTotals): KindTotals => ({
  created: one.created + other.created,
  seconds: one.seconds + other.seconds,
  buckets: one.buckets.map((number, place) => number + (other.buckets[place] ?? 0)),
});
