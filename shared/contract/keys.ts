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

/** The days that have been given to the job that closes days, from the first to the last. */
export const daysGivenKey: Key = { pk: "USAGE", sk: "DAYS" };
/** The statistics of the days of a month (`yyyy-mm`). */
export const monthStatsKey = (month: string): Key => ({ pk: rollupPartition(month), sk: "STATS" });
/** The mark of a day (`yyyy-mm-dd`) whose statistics have to be done, or done again. */
export const dirtyDayKey = (day: string): Key => ({ pk: rollupPartition(day), sk: DIRTY_LIST });
/** Days that are to be marked by the job that closes days: more than one request may mark. */
export const deferredDaysKey = (at: string, hash: string): Key => ({
  pk: usageSinceKey.pk,
  sk: `${DEFERRED_DAYS_PREFIX}${at}#${hash}`,
});
export const DEFERRED_DAYS_PREFIX = "DEFERRED#";
/** `list` of the days that carry such a mark. */
export const DIRTY_LIST = "DIRTY";
/** How users are told apart: by their machines or by their Kubernetes users. */
export const USER_KINDS = ["machine", "kubernetes"] as const;
export type UserKind = (typeof USER_KINDS)[number];
/** The first day of each user, whose identity is `sk`. */
export const usersPartition = (kind: UserKind): string => `USERS#${kind}`;
export const userKey = (kind: UserKind, identity: string): Key => ({ pk: usersPartition(kind), sk: identity });

/** One seat book: a license in one billing period under one tracking mode. */
export type BookId = { license: string; trackingMode: string; periodStart: string };
export const bookPartition = (book: BookId): string =>
  `${BOOKS_PREFIX}${encodeURIComponent(book.license)}#${book.trackingMode}#${book.periodStart}`;
export const BOOKS_PREFIX = "SEATS#";
export const counterKey = (book: BookId): Key => ({ pk: bookPartition(book), sk: "COUNTER" });
export const SEAT_PREFIX = "SEAT#";
export const seatKey = (book: BookId, seatId: string): Key => seatKeyIn(bookPartition(book), seatId);
/** The same by the book's partition. */
export const seatKeyIn = (partition: string, seatId: string): Key => ({ pk: partition, sk: `${SEAT_PREFIX}${seatId}` });
export const denialKey = (book: BookId, day: string, seatId: string): Key => ({
  pk: bookPartition(book),
  sk: `${denialPrefix(day)}#${seatId}`,
});
/** A seat that was released, by the moment until which operators are informed of it. */
export const releasedSeatKey = (book: BookId, shownUntil: string, seatId: string): Key => ({
  pk: bookPartition(book),
  sk: `${releasedSeatPrefix(shownUntil)}#${seatId}`,
});
export const releasedSeatPrefix = (shownUntil: string): string => `RELEASED#${shownUntil}`;
export const DENIAL_PREFIX = "DENIAL#";
export const denialPrefix = (day: string): string => `${DENIAL_PREFIX}${day}`;

/** What the sessions of operators that were given up add up to, for the metrics. */
export const sessionTotalsKey: Key = { pk: "TOTALS", sk: "SESSIONS" };
/** What the denials of days that are over add up to, for the metrics. */
export const denialTotalsKey: Key = { pk: "TOTALS", sk: "DENIALS" };

/** The license that the server has, as the last function to see a swap noted it. */
export const servedLicenseKey: Key = { pk: "SERVER", sk: "LICENSE" };

/** The version of a key that the server works with, as the last function to see a rotation noted it. */
export const keySeenKey = (name: string): Key => ({ pk: "SERVER", sk: `KEY#${name}` });

/** The key that pseudonyms of people and machines are made with. */
export const pseudonymKeyKey: Key = { pk: "SERVER", sk: "PSEUDONYMS" };

/** The access tokens that were made, and those of them that were revoked, each by its id. */
export const TOKENS_PARTITION = "TOKENS";
export const tokenKey = (tokenId: string): Key => ({ pk: TOKENS_PARTITION, sk: tokenId });
export const REVOKED_PARTITION = "TOKENS#REVOKED";
export const revokedKey = (tokenId: string): Key => ({ pk: REVOKED_PARTITION, sk: tokenId });

/** Notes that the report of a period was made and told; `period` is `<from>_<to>`, days of the configured time zone. */
export const reportDoneKey = (period: string): Key => ({ pk: "REPORTS", sk: `usage#${period}` });

/** The erasure of a person that is under way, by a hash of what was asked for. */
export const erasureKey = (name: string): Key => ({ pk: "SERVER", sk: `ERASURE#${name}` });

export const licenseSeenKey = (license: string): Key => ({ pk: "LICENSE", sk: license });

/** The note that something was told of, so that it is told once. Those of operators, of which there are many, lie apart. */
export const noticeKey = (kind: NoticeKind, what: string): Key => ({
  pk: kind === "operator.stale" ? OPERATOR_NOTICES_PARTITION : licenseSeenKey("").pk,
  sk: `${NOTICE_PREFIX}${kind}#${what}`,
});
export const OPERATOR_NOTICES_PARTITION = "OPERATORS#NOTICES";
export const NOTICE_PREFIX = "NOTICE#";
/** What is told of once. */
const NOTICE_KINDS = [
  "license.logged",
  "license.expiring",
  "seats.threshold",
  "seats.denied",
  "operator.stale",
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

export const operatorErrorPartition = (day: string): string => `ERRORS#${day}`;
export const operatorErrorKey = (timestamp: string, instanceId: string, messageHash: string): Key => ({
  pk: operatorErrorPartition(timestamp.slice(0, 10)),
  sk: `${timestamp}#${instanceId}#${messageHash}`,
});

export const auditPartition = (day: string): string => `AUDIT#${day}`;
export const auditKey = (timestamp: string, id: string): Key => ({
  pk: auditPartition(timestamp.slice(0, 10)),
  sk: `${timestamp}#${id}`,
});
