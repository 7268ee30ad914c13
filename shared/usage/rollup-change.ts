import { type Key, rollupKey } from "../contract/keys.ts";
import { type CountedSession, periodsOf, rollupHash } from "./counted.ts";
import type { UsageIdentity } from "./row.ts";

/**
 * What one transaction does to one rollup row: all its sessions together, since a transaction may contain an item only
 * once.
 */
export type RollupChange = {
  key: Key;
  /** `yyyy-mm-dd` or `yyyy-mm`. */
  period: string;
  identity: UsageIdentity;
  hash: string;
  shard: number;
  added: CountedSession[];
  removed: CountedSession[];
};

/** The rows to change when sessions are added or removed: days before months. */
export const rollupChanges = (added: readonly CountedSession[], removed: readonly CountedSession[]): RollupChange[] => {
  const changes = new Map<string, RollupChange>();
  const changeOf = (session: CountedSession, period: string): RollupChange => {
    const hash = rollupHash(session.identity);
    const key = rollupKey(period, hash, session.shard);
    const name = `${key.pk}|${key.sk}`;
    const change = changes.get(name) ?? {
      key,
      period,
      identity: session.identity,
      hash,
      shard: session.shard,
      added: [],
      removed: [],
    };
    changes.set(name, change);
    return change;
  };
  for (const session of added) {
    const { day, month } = periodsOf(session);
    for (const period of [day, month]) changeOf(session, period).added.push(session);
  }
  for (const session of removed) {
    const { day, month } = periodsOf(session);
    for (const period of [day, month]) changeOf(session, period).removed.push(session);
  }
  return [...changes.values()].sort((one, other) => other.period.length - one.period.length);
};
