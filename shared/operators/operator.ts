import { operatorKey } from "../contract/keys.ts";
import { DAY_MS, type EpochMs, formatTime, SECOND_MS } from "../contract/time.ts";
import type { Expression, Item, Table } from "../store/table.ts";
import { type Agent, agentIn, clusterIdIn, type Processes, processesIn } from "./agent.ts";
import { type KillRequests, killRequestsIn } from "./kill-request.ts";
import { type LiveDigest, storedDigest, storedLiveCi } from "./live-set.ts";
import { type Rival, rivalIn } from "./rival.ts";
import { countedIn } from "./totals.ts";

/** One operator process, or the agent of a cluster, as the table knows it. */
export type Operator = {
  instanceId: string;
  cluster: string | undefined;
  /** The cluster's id. Stock operators name none. */
  clusterId: string | undefined;
  /** The agent, if one reports for the cluster's operator. */
  agent: Agent | undefined;
  processes: Processes | undefined;
  version: string | undefined;
  firstSeen: EpochMs | undefined;
  /** The number of the last heartbeat whose list counted; undefined since the last registration. */
  seq: number | undefined;
  /** When that heartbeat was sent, by the operator's own clock. */
  sentAt: EpochMs | undefined;
  /** The sum of the digest of its list; undefined if an earlier release noted it. */
  listedSum: number | undefined;
  /** When the last heartbeat whose list counted arrived. */
  listedAt: EpochMs | undefined;
  /** When the one before it arrived: the last one that can have listed what the last one leaves out. */
  previouslyListedAt: EpochMs | undefined;
  /** When the last heartbeat arrived whose list was refused; undefined once a list counts again. */
  refusedAt: EpochMs | undefined;
  /** When the last heartbeat without a list arrived; undefined once a list counts again. */
  withoutListAt: EpochMs | undefined;
  registeredAt: EpochMs | undefined;
  /** When the last heartbeat arrived, whatever became of its list. Before the first one: when the operator registered. */
  lastHeartbeat: EpochMs | undefined;
  reconciledAt: EpochMs | undefined;
  /** When it last received sessions that ran elsewhere or were lost; noted before they come. */
  newcomersAt: EpochMs | undefined;
  /** When live sessions were last listed that heartbeats left out since, and that were too young to be ended as lost. */
  unlisted: Readonly<Record<string, EpochMs>>;
  digest: LiveDigest;
  /** Whether a digest has ever been written: conditions on it differ. */
  hasDigest: boolean;
  /** Whether it has no live session any more and its item only waits to expire. */
  givenUp: boolean;
  /** When it was given up. */
  givenUpAt: EpochMs | undefined;
  /** Whether its item holds totals for the metrics, or live CI sessions: giving it up takes both away. */
  hasTotals: boolean;
  /** The seat book in which every session of its digest has a seat or a counted denial, or needs none. */
  book: string | undefined;
  /** Whether sessions that were denied may be live there. */
  hasDenied: boolean;
  /** Names the parts of multi-cluster sessions in its cluster that have been noted with their sessions. */
  children: string | undefined;
  /** What it was asked to stop and has not stopped yet. */
  kills: KillRequests;
  leaseUntil: EpochMs | undefined;
  /** What it notes of its installation's slot; undefined without one. */
  slot: string | undefined;
  /** Signs that a second process uses its id; none since it registered. */
  rival: Rival | undefined;
};

export const operatorFrom = (item: Item): Operator => ({
  instanceId: String(item["sk"]),
  cluster: textIn(item, "cluster"),
  clusterId: clusterIdIn(item),
  agent: agentIn(item),
  processes: processesIn(item),
  version: textIn(item, "version"),
  firstSeen: timeIn(item, "firstSeen"),
  seq: item["seq"] === undefined ? undefined : Number(item["seq"]),
  sentAt: timeIn(item, "sentAt"),
  listedSum: item["listedSum"] === undefined ? undefined : Number(item["listedSum"]),
  listedAt: timeIn(item, "lastHeartbeat"),
  previouslyListedAt: timeIn(item, "previousHeartbeat"),
  refusedAt: timeIn(item, "refusedAt"),
  registeredAt: timeIn(item, "registeredAt"),
  withoutListAt: timeIn(item, "withoutListAt"),
  lastHeartbeat:
    ["lastHeartbeat", "refusedAt", "withoutListAt"]
      .map((name) => timeIn(item, name))
      .reduce((one, other) => later(one, other)) ?? timeIn(item, "registeredAt"),
  reconciledAt: timeIn(item, "reconciledAt"),
  newcomersAt: timeIn(item, "newcomersAt"),
  unlisted: unlistedIn(item),
  digest: storedDigest(item),
  hasDigest: item["liveCount"] !== undefined,
  givenUp: item["expiresAt"] !== undefined,
  givenUpAt:
    item["expiresAt"] === undefined ? undefined : Number(item["expiresAt"]) * SECOND_MS - OPERATOR_RETENTION_MS,
  hasTotals: countedIn(item) !== 0 || storedLiveCi(item) !== 0,
  book: textIn(item, "book"),
  children: textIn(item, "children"),
  hasDenied: item["hasDenied"] === true,
  kills: killRequestsIn(item),
  leaseUntil: timeIn(item, "leaseUntil"),
  slot: textIn(item, "slot"),
  rival: rivalIn(item),
});

/** How long the item of an operator is kept after it is given up. */
export const OPERATOR_RETENTION_MS = 30 * DAY_MS;

/** How many sessions an operator's item keeps such a time for. For more, the estimated end is less exact. */
export const MAX_UNLISTED = 100;

// Without a prototype: a session's id may be the name of a property that every object has.
export const unlistedIn = (item: Item | undefined): Operator["unlisted"] =>
  Object.assign(Object.create(null), item?.["unlisted"]) as Record<string, EpochMs>;

/** Whether an operator has been silent for so long that another one may adopt its sessions. */
export const isStale = async (
  { table, staleMs }: { table: Table; staleMs: number },
  instanceId: string,
  now: EpochMs,
): Promise<boolean> => {
  const item = await table.get(operatorKey(instanceId), { consistent: true });
  return isSilent(item && operatorFrom(item), staleMs, now);
};

export const isSilent = (operator: Operator | undefined, staleMs: number, now: EpochMs): boolean => {
  const heardAt = operator && later(operator.lastHeartbeat, operator.registeredAt);
  return heardAt === undefined || now - heardAt > staleMs;
};

/** When an operator last sent a list, whether it counted or not. Before the first one: since when the operator is known. */
export const sentListAt = ({ listedAt, refusedAt, registeredAt, firstSeen }: Operator): EpochMs | undefined =>
  later(listedAt, refusedAt) ?? registeredAt ?? firstSeen;

/** That no heartbeat with a list and no registration was noted since the operator was read. */
export const unlistedSince = ({ listedAt, refusedAt, registeredAt }: Operator): Expression =>
  unchanged([
    ["lastHeartbeat", listedAt],
    ["refusedAt", refusedAt],
    ["registeredAt", registeredAt],
  ]);

/** That no heartbeat and no registration was noted since the operator was read. */
export const unheardSince = ({ listedAt, refusedAt, withoutListAt, registeredAt }: Operator): Expression =>
  unchanged([
    ["lastHeartbeat", listedAt],
    ["refusedAt", refusedAt],
    ["withoutListAt", withoutListAt],
    ["registeredAt", registeredAt],
  ]);

const unchanged = (signs: readonly (readonly [name: string, at: EpochMs | undefined])[]): Expression => ({
  expression: [
    "attribute_exists(pk)",
    ...signs.map(([name, at]) => (at === undefined ? `attribute_not_exists(${name})` : `${name} = :seen_${name}`)),
  ].join(" AND "),
  values: Object.fromEntries(
    signs.flatMap(([name, at]) => (at === undefined ? [] : [[`:seen_${name}`, formatTime(at)]])),
  ),
});

const later = (one: EpochMs | undefined, other: EpochMs | undefined): EpochMs | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);

const timeIn = (item: Item, name: string): EpochMs | undefined =>
  item[name] === undefined || item[name] === null ? undefined : Date.parse(String(item[name]));

const textIn = (item: Item, name: string): string | undefined =>
  typeof item[name] === "string" ? item[name] : undefined;
