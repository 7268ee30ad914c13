import type { LockedPorts } from "../../../agent/wire/bodies.ts";
import type { EpochMs } from "../../../shared/contract/time.ts";
import type { Target } from "./clusters.ts";
import type { Client } from "./people.ts";

/** A planned session. `cluster` is the index of its cluster and operator. */
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
  /** A change of the locked ports while the session runs. */
  portsChange: { at: EpochMs; lockedPorts: LockedPorts } | undefined;
};
