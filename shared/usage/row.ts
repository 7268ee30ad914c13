import type { EpochMs } from "../contract/time.ts";

/**
 * Whose usage it is, and of which target. Each identity has a rollup row of its own. Every primary key of a report is
 * one of these fields.
 */
export type UsageIdentity = {
  machineId: string;
  kubernetesUsername: string;
  clientUsername: string;
  clientHostname: string;
  namespace: string;
  targetKind: string;
  targetName: string;
  ci: boolean;
};

/** What the ended sessions of one identity add up to over some time. */
export type UsageRow = UsageIdentity & {
  sessions: number;
  /** The sum of each session's whole seconds. */
  seconds: number;
  firstStart: EpochMs;
  lastEnd: EpochMs;
};
