import type { Clock } from "../../../agent/wire/clock.ts";
import type { ApiClient } from "../../cluster/api-client.ts";
import type { Random } from "../random.ts";
import type { CloseSignal } from "./life/close-signal.ts";
import type { SessionTruth, TruthLog } from "./record.ts";

/** One cluster with its operator. */
export type OperatorCluster = {
  name: string;
  api: ApiClient;
  /** The open sessions of this cluster's operator, by object name. */
  open: Map<string, OpenSession>;
};

/** A session that is not closed yet. */
export type OpenSession = { truth: SessionTruth; signal: CloseSignal };

/** How long a stock operator waits, in milliseconds. The defaults are those of its chart. */
export type OperatorWaits = {
  /** Between two reports of activity. */
  activityMs: number;
  /** From the client's last connection to the close as `Unused`. */
  unusedMs: number;
  /** For the first connection. */
  setupMs: number;
  /** That a deleted object is kept. */
  keepMs: number;
};

export const STOCK_WAITS: OperatorWaits = { activityMs: 3_000, unusedMs: 30_000, setupMs: 180_000, keepMs: 60_000 };

/** What every life needs. */
export type Stage = {
  clusters: readonly OperatorCluster[];
  waits: OperatorWaits;
  clock: Clock;
  random: Random;
  truth: TruthLog;
  /** 16 lower-case hexadecimal digits, new at every call. */
  sessionId: () => string;
};

export const clusterOf = ({ clusters }: Stage, index: number): OperatorCluster => {
  const cluster = clusters[index];
  if (cluster === undefined) throw new RangeError(`there is no cluster ${index}`);
  return cluster;
};
