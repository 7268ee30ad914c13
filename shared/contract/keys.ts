/** The shape of the one table: its keys, its index, and how every item's key is written. Deploy and local read it. */
export const TABLE = {
  partitionKey: "pk",
  sortKey: "sk",
  ttlAttribute: "expiresAt",
  index: { name: "list-at", partitionKey: "list", sortKey: "at" },
} as const;

/** The version that every item carries as `v`, so that a later release knows what it reads. */
export const ITEM_VERSION = 1;

export type Key = { pk: string; sk: string };

export const OPERATORS_PARTITION = "OPERATORS";
export const operatorKey = (instanceId: string): Key => ({ pk: OPERATORS_PARTITION, sk: instanceId });

export const sessionKey = (sessionId: string): Key => ({ pk: `SESSION#${sessionId}`, sk: "SESSION" });

/** `list` of the live sessions of one operator instance. */
export const liveList = (instanceId: string): string => `LIVE#${instanceId}`;
/** `list` of the sessions that ended on one day, `yyyy-mm-dd` in UTC. */
export const endedList = (day: string): string => `ENDED#${day}`;

/** The partition of all rollups of a day (`yyyy-mm-dd`) or of a month (`yyyy-mm`). */
export const rollupPartition = (period: string): string => `${period.length === 7 ? "MONTH" : "DAY"}#${period}`;
export const ROLLUP_PREFIX = "ROLLUP#";
export const rollupKey = (period: string, hash: string, shard: number): Key => ({
  pk: rollupPartition(period),
  sk: `${ROLLUP_PREFIX}${hash}#${shard}`,
});

/** The first month that holds usage: the lower bound of a report without `from`. */
export const usageSinceKey: Key = { pk: "USAGE", sk: "SINCE" };

/** One seat book: a license in one billing period under one tracking mode. */
export type BookId = { license: string; trackingMode: string; periodStart: string };
export const bookPartition = (book: BookId): string =>
  `SEATS#${encodeURIComponent(book.license)}#${book.trackingMode}#${book.periodStart}`;
export const counterKey = (book: BookId): Key => ({ pk: bookPartition(book), sk: "COUNTER" });
export const SEAT_PREFIX = "SEAT#";
export const seatKey = (book: BookId, seatId: string): Key => ({
  pk: bookPartition(book),
  sk: `${SEAT_PREFIX}${seatId}`,
});
export const denialKey = (book: BookId, day: string, seatId: string): Key => ({
  pk: bookPartition(book),
  sk: `DENIAL#${day}#${seatId}`,
});

/** The license that the server has, as the last function to see a swap noted it. */
export const servedLicenseKey: Key = { pk: "SERVER", sk: "LICENSE" };

/** The version of a key that the server works with, as the last function to see a rotation noted it. */
export const keySeenKey = (name: string): Key => ({ pk: "SERVER", sk: `KEY#${name}` });

export const licenseSeenKey = (license: string): Key => ({ pk: "LICENSE", sk: license });

export const operatorErrorKey = (timestamp: string, instanceId: string, messageHash: string): Key => ({
  pk: `ERRORS#${timestamp.slice(0, 10)}`,
  sk: `${timestamp}#${instanceId}#${messageHash}`,
});

export const auditPartition = (day: string): string => `AUDIT#${day}`;
export const auditKey = (timestamp: string, id: string): Key => ({
  pk: auditPartition(timestamp.slice(0, 10)),
  sk: `${timestamp}#${id}`,
});
