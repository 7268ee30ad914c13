import { ITEM_VERSION, operatorKey } from "../contract/keys.ts";
import { type EpochMs, formatTime } from "../contract/time.ts";
import { allOf } from "../store/conditions.ts";
import type { Expression, Write } from "../store/table.ts";
import { type Agent, type Processes, storedAgent, storedClusterId, storedReplaced } from "./agent.ts";
import type { LiveDigest } from "./live-set.ts";
import type { Operator } from "./operator.ts";
import type { Rival } from "./rival.ts";

export type SignOfLife = {
  instanceId: string;
  /** The operator's version; an agent may not know it. */
  version: string | undefined;
  cluster: string | undefined;
  clusterId: string | undefined;
  /** The agent that sent it, if it is not from an operator. */
  agent: Agent | undefined;
  fingerprint: string | undefined;
  leaseUntil: EpochMs | undefined;
  now: EpochMs;
};

/**
 * Notes that an operator has started: its next list counts, whatever its number. Refused if a heartbeat came later, since
 * a function may be frozen for a while. An agent's is also refused if another process was noted since `seen` was read.
 */
export const registrationWrite = (
  sign: SignOfLife,
  processes?: { seen: Processes | undefined; next: Processes },
): Write & { kind: "update" } => ({
  kind: "update",
  key: operatorKey(sign.instanceId),
  update: signUpdate(
    sign,
    { set: "registeredAt = :now", remove: ["seq", "sentAt", "rival"] },
    processes === undefined ? withoutAgent(sign) : processUpdate(processes.next),
  ),
  condition: allOf(
    notBefore("lastHeartbeat"),
    notBefore("registeredAt"),
    ...(processes === undefined ? [] : [sameProcesses(processes.seen)]),
  ),
});

/** Notes the processes of an instance, unless others were noted since they were read. */
export const processesWrite = (instanceId: string, seen: Processes, next: Processes): Write & { kind: "update" } => ({
  kind: "update",
  key: operatorKey(instanceId),
  update: updateOf(processUpdate(next)),
  condition: sameProcesses(seen),
});

/** The number of a heartbeat, when it was sent by the operator's own clock, and the digest of its list. */
export type BeatOrder = { seq: number; sentAt: EpochMs; digest: LiveDigest };

/**
 * Notes a heartbeat: the one write it costs. Refused if a heartbeat of the same or a higher number was noted, or one
 * that arrived later, or if it is from another process than the agent's current one. The caller decides whether the list
 * counts all the same. This also refuses a repetition by the SDK.
 */
export const heartbeatWrite = (sign: SignOfLife, order: BeatOrder): Write & { kind: "update" } => ({
  ...listedWrite(sign, order),
  condition: allOf(
    { expression: "(attribute_not_exists(seq) OR seq < :seq)" },
    notBefore("lastHeartbeat"),
    ...byCurrent(sign),
  ),
});

/** Notes a heartbeat although its number is not above the noted one, if none was noted since the operator was read. */
export const readmissionWrite = (
  sign: SignOfLife,
  order: BeatOrder,
  seen: Operator,
  rival: Rival | undefined,
): Write & { kind: "update" } => ({
  ...listedWrite(sign, order, rivalUpdate(rival)),
  condition: allOf(sameBeat(seen), ...byCurrent(sign)),
});

/** Notes that a heartbeat came whose list is refused, if none was noted since the operator was read. */
export const refusedBeatWrite = (
  sign: SignOfLife,
  seen: Operator,
  rival: Rival | undefined,
): Write & { kind: "update" } => ({
  kind: "update",
  key: operatorKey(sign.instanceId),
  update: signUpdate(sign, { set: "refusedAt = :now" }, rivalUpdate(rival), beatProcess(sign)),
  condition: allOf(sameBeat(seen), ...byCurrent(sign)),
});

/**
 * Notes that a heartbeat without a list came: the one write it costs. Refused if one that arrived later was noted, or if
 * it is from another process than the agent's current one.
 */
export const beatWithoutListWrite = (sign: SignOfLife): Write & { kind: "update" } => ({
  kind: "update",
  key: operatorKey(sign.instanceId),
  update: signUpdate(sign, { set: "withoutListAt = :now" }, beatProcess(sign)),
  condition: allOf(notBefore("lastHeartbeat"), notBefore("withoutListAt"), ...byCurrent(sign)),
});

const listedWrite = (
  sign: SignOfLife,
  { seq, sentAt, digest }: BeatOrder,
  more: More = {},
): Write & { kind: "update" } => ({
  kind: "update",
  key: operatorKey(sign.instanceId),
  update: signUpdate(
    sign,
    {
      set: "lastHeartbeat = :now, seq = :seq, sentAt = :sent, listedSum = :sum, previousHeartbeat = if_not_exists(lastHeartbeat, :never)",
      remove: ["refusedAt", "withoutListAt"],
      values: { ":seq": seq, ":sent": formatTime(sentAt), ":sum": digest.sum, ":never": null },
    },
    more,
    beatProcess(sign),
  ),
});

/** A part of an update. */
type More = { set?: string; remove?: readonly string[]; values?: Record<string, unknown> };

const rivalUpdate = (rival: Rival | undefined): More =>
  rival === undefined ? {} : { set: "rival = :rival", values: { ":rival": rival } };

// An operator that registers under the id of an agent replaces it.
const withoutAgent = ({ clusterId }: SignOfLife): More => ({
  remove: ["#agent", "processId", "processSince", "replaced", ...(clusterId === undefined ? ["clusterId"] : [])],
});

const processUpdate = ({ current, since, replaced }: Processes): More => ({
  set: `processId = :process, processSince = :since${replaced.length === 0 ? "" : ", replaced = :replaced"}`,
  remove: replaced.length === 0 ? ["replaced"] : [],
  values: {
    ":process": current,
    ":since": since,
    ...(replaced.length === 0 ? {} : { ":replaced": storedReplaced(replaced) }),
  },
});

// The first process that is heard of is noted by its heartbeat, if its registration was refused.
const beatProcess = ({ agent, now }: SignOfLife): More =>
  agent === undefined
    ? {}
    : {
        set: "processId = :process, processSince = if_not_exists(processSince, :since)",
        values: { ":process": agent.processId, ":since": now },
      };

const agentUpdate = ({ instanceId, agent, clusterId }: SignOfLife): More => {
  if (agent === undefined)
    return clusterId === undefined ? {} : { set: "clusterId = :clusterId", values: { ":clusterId": clusterId } };
  const stored = storedClusterId(instanceId, clusterId);
  return {
    set: `#agent = :agent${stored === undefined ? "" : ", clusterId = :clusterId"}`,
    values: { ":agent": storedAgent(agent), ...(stored === undefined ? {} : { ":clusterId": stored }) },
  };
};

const signUpdate = (sign: SignOfLife, ...more: readonly More[]): Expression =>
  updateOf(
    {
      set: [
        "v = :v, fingerprint = :fingerprint, leaseUntil = :until",
        // A request need not name the version and the cluster: they stay those that were named before.
        `version = ${sign.version === undefined ? "if_not_exists(version, :version)" : ":version"}`,
        `#cluster = ${sign.cluster === undefined ? "if_not_exists(#cluster, :cluster)" : ":cluster"}`,
        "firstSeen = if_not_exists(firstSeen, :now)",
      ].join(", "),
      // An operator that was given up is back. Earlier releases noted released seats here.
      remove: ["expiresAt", "seatsLost"],
      values: {
        ":v": ITEM_VERSION,
        ":version": sign.version ?? null,
        ":cluster": sign.cluster ?? null,
        ":fingerprint": sign.fingerprint ?? null,
        ":until": sign.leaseUntil === undefined ? null : formatTime(sign.leaseUntil),
        ":now": formatTime(sign.now),
      },
    },
    agentUpdate(sign),
    ...more,
  );

const updateOf = (...parts: readonly More[]): Expression => {
  const set = parts.flatMap((part) => part.set ?? []);
  const removed = parts.flatMap(({ remove = [] }) => remove);
  const expression = `SET ${set.join(", ")}${removed.length === 0 ? "" : ` REMOVE ${removed.join(", ")}`}`;
  // Both are reserved words.
  const names = Object.entries({ "#cluster": "cluster", "#agent": "agent" }).filter(([name]) =>
    expression.includes(name),
  );
  return {
    expression,
    ...(names.length === 0 ? {} : { names: Object.fromEntries(names) }),
    values: Object.assign({}, ...parts.map(({ values }) => values)),
  };
};

const sameBeat = ({ seq, listedAt }: Operator): Expression => ({
  expression: `seq = :seenSeq${listedAt === undefined ? "" : " AND lastHeartbeat = :seenHeartbeat"}`,
  values: {
    ":seenSeq": seq,
    ...(listedAt === undefined ? {} : { ":seenHeartbeat": formatTime(listedAt) }),
  },
});

const sameProcesses = (seen: Processes | undefined): Expression => {
  if (seen === undefined) return { expression: "attribute_not_exists(processId)" };
  const { current, replaced } = seen;
  const same = "processId = :seenProcess";
  if (replaced.length === 0)
    return { expression: `${same} AND attribute_not_exists(replaced)`, values: { ":seenProcess": current } };
  return {
    expression: `${same} AND replaced = :seenReplaced`,
    values: { ":seenProcess": current, ":seenReplaced": storedReplaced(replaced) },
  };
};

// Only the current process of an agent changes what is noted.
const byCurrent = ({ agent }: SignOfLife): Expression[] =>
  agent === undefined ? [] : [{ expression: "(attribute_not_exists(processId) OR processId = :process)" }];

const notBefore = (name: string): Expression => ({ expression: `(attribute_not_exists(${name}) OR ${name} <= :now)` });
