/** The one table: its keys, its index, and the key of every item. The deployment and the local server use it. */
export const TABLE = {
  partitionKey: "pk",
  sortKey: "sk",
  ttlAttribute: "expiresAt",
  index: { name: "list-at", partitionKey: "list", sortKey: "at" },
} as const;

/** The version of every item, its `v`, so that a later release knows the format. */
export const ITEM_VERSION = 1;

export type Key = { pk: string; sk: string };

export const OPERATORS_PARTITION = "OPERATORS";
export const operatorKey = (instanceId: string): Key => ({ pk: OPERATORS_PARTITION, sk: instanceId });

/** The installations that have a slot of a license with `max_operators`, and their counter. */
export const INSTALLATIONS_PARTITION = "INSTALLATIONS";
export const SLOT_PREFIX = "SLOT#";
export const slotKey = (installation: string): Key => ({
  pk: INSTALLATIONS_PARTITION,
  sk: `${SLOT_PREFIX}${installation}`,
});
export const installationCounterKey: Key = { pk: INSTALLATIONS_PARTITION, sk: "COUNTER" };

/** A live session that its operator runs although it was denied. */
export const deniedKey = (instanceId: string, sessionId: string): Key => ({
  pk: deniedPartition(instanceId),
  sk: sessionId,
});
export const deniedPartition = (instanceId: string): string => `DENIED#${instanceId}`;

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

/** The combinations of machine sessions that a day has rollup rows for, and their peaks. */
export const combinationsKey = (day: string): Key => ({ pk: rollupPartition(day), sk: "COMBINATIONS" });

/** The first month that holds usage: the lower bound of a report without `from`. */
export const usageSinceKey: Key = { pk: "USAGE", sk: "SINCE" };

/** The first and the last day that the job that closes days has got. */
export const daysGivenKey: Key = { pk: "USAGE", sk: "DAYS" };
/** The statistics of the days of a month (`yyyy-mm`). */
export const monthStatsKey = (month: string): Key => ({ pk: rollupPartition(month), sk: "STATS" });
/** The seat history of the days of a month (`yyyy-mm`). */
export const monthSeatsKey = (month: string): Key => ({ pk: rollupPartition(month), sk: "SEATS" });
/** The last day whose seat history is written. */
export const seatDaysKey: Key = { pk: "USAGE", sk: "SEAT-DAYS" };
/** The mark of a day (`yyyy-mm-dd`) whose statistics must be computed, or computed again. */
export const dirtyDayKey = (day: string): Key => ({ pk: rollupPartition(day), sk: DIRTY_LIST });
/** Days that are to be marked by the job that closes days: more than one request may mark. */
export const deferredDaysKey = (at: string, hash: string): Key => ({
  pk: usageSinceKey.pk,
  sk: `${DEFERRED_DAYS_PREFIX}${at}#${hash}`,
});
export const DEFERRED_DAYS_PREFIX = "DEFERRED#";
/** `list` of the days with such a mark. */
export const DIRTY_LIST = "DIRTY";
/** What identifies a user: the machine or the Kubernetes user. */
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
export const counterKey = (book: BookId): Key => counterKeyIn(bookPartition(book));
/** The same by the book's partition. */
export const counterKeyIn = (partition: string): Key => ({ pk: partition, sk: "COUNTER" });
/** The period of the one book of a license whose seats float: it never ends. */
export const FLOATING_PERIOD = "floating";
/** `list` of the seats of a book that no live session holds, by their pool; `at` is since when. */
export const idleList = (book: string, pool: string): string => `IDLE#${book}#${pool}`;
/** The pool of the seats that nobody has reserved. */
export const COMMON_POOL = "common";
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

/** The sums of sessions of operators that were given up, for the metrics. */
export const sessionTotalsKey: Key = { pk: "TOTALS", sk: "SESSIONS" };
/** The sum of denials of days that are over, for the metrics. */
export const denialTotalsKey: Key = { pk: "TOTALS", sk: "DENIALS" };

/** The license of the server, noted by the first function that saw it. */
export const servedLicenseKey: Key = { pk: "SERVER", sk: "LICENSE" };

/** How seats are taken and become free, with its generation. Functions obey this item, not their environment. */
export const seatRulesKey: Key = { pk: servedLicenseKey.pk, sk: "SEATS" };

/** The version of a key, noted by the first function that saw it. */
export const keySeenKey = (name: string): Key => ({ pk: "SERVER", sk: `KEY#${name}` });

/** The key that pseudonyms of people and machines are made with. */
export const pseudonymKeyKey: Key = { pk: "SERVER", sk: "PSEUDONYMS" };

/** The access tokens that were made, and the revoked ones, by their ids. */
export const TOKENS_PARTITION = "TOKENS";
export const tokenKey = (tokenId: string): Key => ({ pk: TOKENS_PARTITION, sk: tokenId });
export const REVOKED_PARTITION = "TOKENS#REVOKED";
export const revokedKey = (tokenId: string): Key => ({ pk: REVOKED_PARTITION, sk: tokenId });

/** The note that a period's report was made and announced; `period` is `<from>_<to>`, days of the configured time zone. */
export const reportDoneKey = (period: string): Key => ({ pk: "REPORTS", sk: `usage#${period}` });

/** A running erasure of a person, by a hash of the request. */
export const erasureKey = (name: string): Key => ({ pk: "SERVER", sk: `ERASURE#${name}` });

/** When a job last did all its work. */
export const jobRunKey = (job: string): Key => ({ pk: "JOBS", sk: job });

/** A condition that people were notified of, such as a stale operator. It exists until its end was reported, too. */
export const CONDITIONS_PARTITION = "CONDITIONS";
export const OPEN_CONDITION_PREFIX = "OPEN#";
export const openConditionKey = (kind: string, subject: string): Key => ({
  pk: CONDITIONS_PARTITION,
  sk: `${OPEN_CONDITION_PREFIX}${kind}#${subject}`,
});

export const licenseSeenKey = (license: string): Key => ({ pk: "LICENSE", sk: license });

/** The note that a notice was sent, so that it is sent once. Notes about operators are many, so they have a partition. */
export const noticeKey = (kind: NoticeKind, what: string): Key => ({
  pk: NOTICE_PARTITIONS[kind] ?? licenseSeenKey("").pk,
  sk: `${NOTICE_PREFIX}${kind}#${what}`,
});
export const OPERATOR_NOTICES_PARTITION = "OPERATORS#NOTICES";
export const NOTICE_PREFIX = "NOTICE#";
/** The notices that are sent once. */
const NOTICE_KINDS = [
  "license.logged",
  "license.expiring",
  "seats.threshold",
  "seats.denied",
  "operator.stale",
  "condition.began",
  "condition.ended",
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];
const NOTICE_PARTITIONS: Partial<Record<NoticeKind, string>> = {
  "operator.stale": OPERATOR_NOTICES_PARTITION,
  "condition.began": CONDITIONS_PARTITION,
  "condition.ended": CONDITIONS_PARTITION,
};

/**
 * The partitions of a day's operator errors. Each instance has its own of eight, because many operators fail at the same
 * time and a partition takes 1,000 write units a second. Earlier releases wrote all into the first one here.
 */
export const operatorErrorPartitions = (day: string): string[] => [
  `ERRORS#${day}`,
  ...Array.from({ length: ERROR_PARTITIONS }, (_, place) => `ERRORS#${day}#${place}`),
];
const ERROR_PARTITIONS = 8;
/** `place`: any whole number of the instance, such as a hash. */
export const operatorErrorKey = (
  timestamp: string,
  { instanceId, place }: { instanceId: string; place: number },
  messageHash: string,
): Key => ({
  pk: `ERRORS#${timestamp.slice(0, 10)}#${place % ERROR_PARTITIONS}`,
  sk: `${timestamp}#${instanceId}#${messageHash}`,
});

export const auditPartition = (day: string): string => `AUDIT#${day}`;
export const auditKey = (timestamp: string, id: string): Key => ({
  pk: auditPartition(timestamp.slice(0, 10)),
  sk: `${timestamp}#${id}`,
});

/** The entries of the catalog of policies and profiles, tombstones included. */
export const CATALOG_PARTITION = "CATALOG";
/** What names an entry. `namespace` is null for the kinds that have none. */
export type EntryName = { kind: string; namespace: string | null; name: string };
const entrySortKey = ({ kind, namespace, name }: EntryName): string => `${kind}#${namespace ?? ""}#${name}`;
export const catalogKey = (entry: EntryName): Key => ({ pk: CATALOG_PARTITION, sk: entrySortKey(entry) });

/** The earlier generations of the entries. Those of one entry sort by their generation. */
export const CATALOG_HISTORY_PARTITION = "CATALOG#HISTORY";
export const catalogHistoryPrefix = (entry: EntryName): string => `${entrySortKey(entry)}#`;
export const catalogHistoryKey = (entry: EntryName, generation: number): Key => ({
  pk: CATALOG_HISTORY_PARTITION,
  sk: `${catalogHistoryPrefix(entry)}${String(generation).padStart(GENERATION_DIGITS, "0")}`,
});
const GENERATION_DIGITS = 10;

/** What each cluster's agent says of its entries, by the cluster's id. */
export const CATALOG_STATUS_PARTITION = "CATALOG#STATUS";
export const catalogStatusKey = (clusterId: string): Key => ({ pk: CATALOG_STATUS_PARTITION, sk: clusterId });

/** The catalog's id, its revision and its size. Every change of the catalog writes it. */
export const catalogRevisionKey: Key = { pk: "CATALOG#REVISION", sk: "REVISION" };

/** Sessions that policies refused, by day, policy and user. `user` is a hash of the user and the day. */
export const policyRefusalsPartition = (day: string): string => `POLICY-REFUSALS#${day}`;
export const policyRefusalKey = (day: string, policy: EntryName, user: string): Key => ({
  pk: policyRefusalsPartition(day),
  sk: `${entrySortKey(policy)}#${user}`,
});

/** A preview of a policy's impact that takes several steps. */
export const impactJobKey = (id: string): Key => ({ pk: `JOBS#IMPACT#${id}`, sk: "JOB" });
/**
 * The partitions of the table by what they hold, each as a pattern for the policies of the functions' roles: `*` is any text.
 * A partition matches one pattern.
 */
export const PARTITIONS = {
  operators: OPERATORS_PARTITION,
  operatorNotices: OPERATOR_NOTICES_PARTITION,
  installations: INSTALLATIONS_PARTITION,
  denied: deniedPartition("*"),
  sessions: sessionKey("*").pk,
  days: "DAY#*",
  months: "MONTH#*",
  usage: usageSinceKey.pk,
  users: "USERS#*",
  seats: `${BOOKS_PREFIX}*`,
  totals: sessionTotalsKey.pk,
  server: servedLicenseKey.pk,
  tokens: TOKENS_PARTITION,
  revokedTokens: REVOKED_PARTITION,
  reports: reportDoneKey("").pk,
  licenses: licenseSeenKey("").pk,
  jobs: jobRunKey("").pk,
  conditions: CONDITIONS_PARTITION,
  errors: "ERRORS#*",
  audit: auditPartition("*"),
  catalog: CATALOG_PARTITION,
  catalogHistory: CATALOG_HISTORY_PARTITION,
  catalogStatus: CATALOG_STATUS_PARTITION,
  catalogRevision: catalogRevisionKey.pk,
  policyRefusals: policyRefusalsPartition("*"),
  impactJobs: impactJobKey("*").pk,
} as const;
export type PartitionName = keyof typeof PARTITIONS;

/** The same for the lists of the index. */
export const LISTS = { live: liveList("*"), ended: endedList("*"), dirty: DIRTY_LIST, idle: "IDLE#*" } as const;
export type ListName = keyof typeof LISTS;
