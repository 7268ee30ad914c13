import { createHash } from "node:crypto";
import type { EpochMs } from "../contract/time.ts";
import type { Item } from "../store/table.ts";

/** The agent of a cluster, as its latest request describes it. */
export type Agent = {
  version: string;
  /** Random, new at each start of the process. */
  processId: string;
  enforces: boolean;
  appliesCatalog: boolean;
  killsPreviews: boolean;
  /** When it last saw the whole state of its cluster, by its own clock. */
  observedAt: EpochMs | undefined;
};

/** Which process speaks for an instance, and which ones did before. */
export type Processes = {
  current: string;
  since: EpochMs;
  /** Those that a later one replaced, the latest first. */
  replaced: readonly Replaced[];
};

/** `supersededAt`: when its heartbeat was last answered `superseded`. The process is named by a short hash. */
export type Replaced = { hash: string; supersededAt: EpochMs | undefined };

/** How many replaced processes an instance remembers. A process stops once it is answered `superseded`. */
const MAX_REPLACED = 4;

/** The prefix of an agent's `instance_id`. The rest is its `cluster_id`. */
const INSTANCE_PREFIX = "cluster-";

/** Whether an instance is that of a cluster's agent, by its id. */
export const isAgentInstance = (instanceId: string): boolean => instanceId.startsWith(INSTANCE_PREFIX);

/** The id of the cluster that an instance is the agent of; undefined if it is not an agent's. */
export const agentClusterId = (instanceId: string): string | undefined =>
  isAgentInstance(instanceId) ? instanceId.slice(INSTANCE_PREFIX.length) : undefined;

// Short names, since every heartbeat pays for the size of this item.
type StoredAgent = { v: string; may: string; seen?: number };

/** The agent in an operator's item; undefined if the instance is an operator. */
export const agentIn = (item: Item): Agent | undefined => {
  const stored = item["agent"] as StoredAgent | undefined;
  if (stored === undefined) return undefined;
  return {
    version: stored.v,
    processId: String(item["processId"]),
    enforces: stored.may.includes("e"),
    appliesCatalog: stored.may.includes("c"),
    killsPreviews: stored.may.includes("p"),
    observedAt: stored.seen,
  };
};

export const storedAgent = ({ version, enforces, appliesCatalog, killsPreviews, observedAt }: Agent): StoredAgent => ({
  v: version,
  may: [enforces ? "e" : "", appliesCatalog ? "c" : "", killsPreviews ? "p" : ""].join(""),
  ...(observedAt === undefined ? {} : { seen: observedAt }),
});

/** The id of an operator's cluster, where it was named. */
export const clusterIdIn = (item: Item): string | undefined => {
  if (typeof item["clusterId"] === "string") return item["clusterId"];
  const instanceId = String(item["sk"]);
  return item["agent"] !== undefined && instanceId.startsWith(INSTANCE_PREFIX)
    ? instanceId.slice(INSTANCE_PREFIX.length)
    : undefined;
};

/** The cluster's id as the item stores it: undefined if the instance's own id has it. */
export const storedClusterId = (instanceId: string, clusterId: string | undefined): string | undefined =>
  instanceId === `${INSTANCE_PREFIX}${clusterId}` ? undefined : clusterId;

export const processesIn = (item: Item): Processes | undefined => {
  if (typeof item["processId"] !== "string") return undefined;
  const replaced = ((item["replaced"] ?? []) as string[]).map((entry) => {
    const [hash = "", seconds] = entry.split("@");
    return { hash, supersededAt: seconds === undefined ? undefined : Number(seconds) * 1_000 };
  });
  return { current: item["processId"], since: Number(item["processSince"]), replaced };
};

export const storedReplaced = (replaced: readonly Replaced[]): string[] =>
  replaced.map(({ hash, supersededAt }) =>
    supersededAt === undefined ? hash : `${hash}@${Math.floor(supersededAt / 1_000)}`,
  );

/** The short hash that names a process. */
export const processHash = (processId: string): string =>
  createHash("sha256").update(processId).digest("hex").slice(0, 10);

/** What a process is to an instance. `new`: it was never heard of, so it started later than the current one. */
export const standingOf = (
  processes: Processes | undefined,
  processId: string,
): "current" | "replaced" | "new" | "first" => {
  if (processes === undefined) return "first";
  if (processes.current === processId) return "current";
  return isReplaced(processes, processId) ? "replaced" : "new";
};

export const isReplaced = ({ replaced }: Processes, processId: string): boolean => {
  const hash = processHash(processId);
  return replaced.some((each) => each.hash === hash);
};

/**
 * The processes with one that is replaced already. One that is known keeps its place, so that the processes which are remembered
 * are those that were replaced last.
 */
export const withReplaced = (processes: Processes, processId: string, supersededAt?: EpochMs): Processes => {
  const hash = processHash(processId);
  const replaced = isReplaced(processes, processId)
    ? processes.replaced.map((each) =>
        each.hash === hash ? { hash, supersededAt: supersededAt ?? each.supersededAt } : each,
      )
    : [{ hash, supersededAt }, ...processes.replaced].slice(0, MAX_REPLACED);
  return { ...processes, replaced };
};

/** The processes that were replaced once `next` speaks for the instance. */
export const replacedBy = (processes: Processes | undefined, next: string): Replaced[] => {
  if (processes === undefined) return [];
  const { current, replaced } = processes;
  const before = current === next ? [] : [{ hash: processHash(current), supersededAt: undefined }];
  return [...before, ...replaced.filter(({ hash }) => hash !== processHash(next))].slice(0, MAX_REPLACED);
};
