import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../shared/contract/time.ts";
import type { CatalogWaits } from "./catalog/types.ts";
import { CATALOG_WAITS } from "./catalog/waits.ts";
import { SESSION_WAITS } from "./sessions/machine.ts";
import type { SessionWaits } from "./sessions/types.ts";
import { STOP_WAITS, type StopWaits } from "./stop/stopper.ts";
import { WATCH_WAITS, type WatchWaits } from "./watch/watch.ts";

/** Every wait of the agent, in milliseconds. Tests shorten them. */
export const WAITS = {
  /** An event waits this long for others before it triggers a heartbeat. */
  gatherMs: 500,
  /** Heartbeats that events trigger are at least this far apart. */
  betweenBeatsMs: 2 * SECOND_MS,
  /** The interval between heartbeats until a lease names one. */
  beatMs: MINUTE_MS,
  /** After a refused registration, until the next. Heartbeats are sent meanwhile. */
  registerMs: MINUTE_MS,
  /** After a refused credential, until it is tried again, unless its file changes. */
  credentialMs: 5 * MINUTE_MS,
  /** How often the file of a refused credential is read again. */
  credentialFileMs: 10 * SECOND_MS,
  /** Before the end of its token, the agent reports an error. */
  tokenEndMs: 30 * 24 * HOUR_MS,
  /** A call to the license server. */
  serverCallMs: 30 * SECOND_MS,
  /** A call to the API server. */
  kubeCallMs: 20 * SECOND_MS,
  /** Between two readings of the MirrordOperator object. */
  operatorMs: 30 * SECOND_MS,
  /** Between two passages of time that the sessions are shown. */
  tickMs: SECOND_MS,
  /** Between two writings of what a restart needs. */
  stateMs: 15 * SECOND_MS,
  /** How long a Lease lasts that is not renewed. */
  leaseMs: 30 * SECOND_MS,
  /** Between two renewals of the Lease. */
  leaseRenewMs: 10 * SECOND_MS,
  /** Between two looks at the license Secret. */
  licenseMs: 10 * MINUTE_MS,
  /** After a failed write of the license Secret. */
  licenseRetryMs: 30 * SECOND_MS,
  /** The operator is restarted at the latest this long before its license ends. */
  restartBeforeMs: 24 * HOUR_MS,
  /** A user in a namespace gets one Event in this time. */
  eventMs: HOUR_MS,
  /** The span that the limit of enforced stops counts in. */
  enforceMs: MINUTE_MS,
  /** How long the agent tries to deliver its events when it stops. */
  drainMs: 10 * SECOND_MS,
  /** A process that waits for the Lease looks this often whether it is free. */
  leaseRetryMs: 2 * SECOND_MS,
  /** After a failure to read the id of the cluster. */
  identityMs: 5 * SECOND_MS,
  /** A loop that is this late counts as dead. */
  aliveMs: 2 * MINUTE_MS,
  watch: WATCH_WAITS,
  stop: STOP_WAITS,
  sessions: SESSION_WAITS,
  catalog: CATALOG_WAITS,
};

export type Waits = Readonly<Omit<typeof WAITS, "watch" | "stop" | "sessions" | "catalog">> & {
  watch: WatchWaits;
  stop: StopWaits;
  sessions: SessionWaits;
  catalog: CatalogWaits;
};
