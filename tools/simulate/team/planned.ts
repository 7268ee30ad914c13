import type { EpochMs } from "../../../shared/contract/time.ts";
import type { LockedPorts } from "../wire.ts";
import type { Target } from "./clusters.ts";
import type { Client } from "./people.ts";

/** One session as it is meant to go. `cluster` is the index of the cluster, and so of the operator, it runs in. */
export type PlannedSession = {
  cluster: number;
  client: Client;
  target: Target;
  startsAt: EpochMs;
  endsAt: EpochMs;
  ci: boolean;
  key: string | undefined;
  branch: string;
  lockedPorts: LockedPorts;
  /** Ports that the user locks instead while the session runs, and when. */
  portsChange: { at: EpochMs; lockedPorts: LockedPorts } | undefined;
};
