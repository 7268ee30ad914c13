import { ITEM_VERSION, operatorKey } from "../contract/keys.ts";
import { type EpochMs, formatTime } from "../contract/time.ts";
import type { Expression, Item, Table, Write } from "../store/table.ts";
import { type KillRequests, killRequestsIn } from "./kill-request.ts";
import { type LiveDigest, storedDigest, storedLiveCi } from "./live-set.ts";
import { countedIn } from "./totals.ts";

/** One running operator process, as the table knows it. */
export type Operator = {
  instanceId: string;
  cluster: string | undefined;
  version: string | undefined;
  firstSeen: EpochMs | undefined;
  /** The number of the last heartbeat that was noted. */
  seq: number | undefined;
  lastHeartbeat: EpochMs | undefined;
  /** The heartbeat before the last: the last one that listed what the last one does not. */
  previousHeartbeat: EpochMs | undefined;
  reconciledAt: EpochMs | undefined;
  /** When sessions came to it from elsewhere last, taken over or lost before; noted before they come. */
  newcomersAt: EpochMs | undefined;
  /** Live sessions that heartbeats have left out but that were too young to be given up, with when they were last listed. */
  unlisted: Readonly<Record<string, EpochMs>>;
  digest: LiveDigest;
  /** Whether a digest has ever been written: conditions on it differ. */
  hasDigest: boolean;
  /** Whether nothing of it is live any more and its item only waits to be cleaned up. */
  givenUp: boolean;
  /** Whether its item holds totals for the metrics, or live CI sessions: giving it up takes both away. */
  hasTotals: boolean;
  /** The seat book into which its running sessions have been carried over. */
  book: string | undefined;
  /** Seats that were taken from their holders, and until when the operator is told of it. */
  seatsLost: Readonly<Record<string, EpochMs>>;
  /** What it was asked to stop and has not yet. */
  kills: KillRequests;
  leaseUntil: EpochMs | undefined;
};

export const operatorFrom = (item: Item): Operator => ({
  instanceId: String(item["sk"]),
  cluster: textIn(item, "cluster"),
  version: textIn(item, "version"),
  firstSeen: timeIn(item, "firstSeen"),
  seq: item["seq"] === undefined ? undefined : Number(item["seq"]),
  lastHeartbeat: timeIn(item, "lastHeartbeat"),
  previousHeartbeat: timeIn(item, "previousHeartbeat"),
  reconciledAt: timeIn(item, "reconciledAt"),
  newcomersAt: timeIn(item, "newcomersAt"),
  // Without a prototype: a session's id may be the name of something that every object has.
  unlisted: Object.assign(Object.create(null), item["unlisted"]) as Record<string, EpochMs>,
  digest: storedDigest(item),
  hasDigest: item["liveCount"] !== undefined,
  givenUp: item["expiresAt"] !== undefined,
  hasTotals: countedIn(item) !== 0 || storedLiveCi(item) !== 0,
  book: textIn(item, "book"),
  seatsLost: (item["seatsLost"] ?? {}) as Record<string, EpochMs>,
  kills: killRequestsIn(item),
  leaseUntil: timeIn(item, "leaseUntil"),
});

/** Whether an operator has not been heard of for so long that its sessions may be taken over. */
export const isStale = async (
  { table, staleMs }: { table: Table; staleMs: number },
  instanceId: string,
  now: EpochMs,
): Promise<boolean> => {
  const item = await table.get(operatorKey(instanceId), { consistent: true });
  return isSilent(item && operatorFrom(item), staleMs, now);
};

export const isSilent = (operator: Operator | undefined, staleMs: number, now: EpochMs): boolean =>
  operator?.lastHeartbeat === undefined || now - operator.lastHeartbeat > staleMs;

export type SignOfLife = {
  instanceId: string;
  version: string;
  cluster: string | undefined;
  fingerprint: string | undefined;
  leaseUntil: EpochMs | undefined;
  now: EpochMs;
};

/** Notes that an operator has started, unless it has been heard of since: a function may be frozen for a while. */
export const registrationWrite = (sign: SignOfLife): Write & { kind: "update" } => ({
  kind: "update",
  key: operatorKey(sign.instanceId),
  ...signUpdate(sign, "", {}),
  condition: { expression: "attribute_not_exists(lastHeartbeat) OR lastHeartbeat <= :now" },
});

/**
 * Notes a heartbeat: the one write it costs. Refused where a later heartbeat of the same operator was first: then the
 * list of this one is history. Refused, too, where this one is noted already, sent again or done twice by the SDK: noted
 * twice, it would take itself for the one before.
 */
export const heartbeatWrite = (sign: SignOfLife, seq: number): Write & { kind: "update" } => ({
  kind: "update",
  key: operatorKey(sign.instanceId),
  ...signUpdate(sign, ", seq = :seq, previousHeartbeat = if_not_exists(lastHeartbeat, :now)", { ":seq": seq }),
  condition: { expression: "attribute_not_exists(seq) OR seq < :seq" },
});

const signUpdate = (sign: SignOfLife, more: string, values: Record<string, unknown>): { update: Expression } => ({
  update: {
    expression: [
      "SET v = :v, version = :version, fingerprint = :fingerprint, leaseUntil = :until,",
      // A request need not name the cluster: it is where it was told to be before.
      `#cluster = ${sign.cluster === undefined ? "if_not_exists(#cluster, :cluster)" : ":cluster"},`,
      `firstSeen = if_not_exists(firstSeen, :now), lastHeartbeat = :now${more}`,
      // One that was given up is back.
      "REMOVE expiresAt",
    ].join(" "),
    names: { "#cluster": "cluster" },
    values: {
      ":v": ITEM_VERSION,
      ":version": sign.version,
      ":cluster": sign.cluster ?? null,
      ":fingerprint": sign.fingerprint ?? null,
      ":until": sign.leaseUntil === undefined ? null : formatTime(sign.leaseUntil),
      ":now": formatTime(sign.now),
      ...values,
    },
  },
});

const timeIn = (item: Item, name: string): EpochMs | undefined =>
  item[name] === undefined || item[name] === null ? undefined : Date.parse(String(item[name]));

const textIn = (item: Item, name: string): string | undefined =>
  typeof item[name] === "string" ? item[name] : undefined;
