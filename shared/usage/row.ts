import type { SessionKind } from "../contract/requests.ts";
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
  /** Whether it is a machine session: a CI run or a preview environment. They take no seat. */
  ci: boolean;
} & Partial<MachineUse>;

/** What is known of the runs of machine sessions. A text is empty where nothing is known. */
export type Combination = { provider: string; pipeline: string; environment: string; trigger: string };

/** Rows of machine sessions have it; those that earlier releases counted do not. */
export type MachineUse = Combination & { kind: Exclude<SessionKind, "user"> };

/** The kind of an identity's sessions. */
export const kindOf = ({ ci, kind }: { ci: boolean; kind?: MachineUse["kind"] | undefined }): SessionKind =>
  kind ?? (ci ? "ci" : "user");

/** What the ended sessions of one identity add up to over some time. */
export type UsageRow = UsageIdentity & {
  sessions: number;
  /** The sum of each session's whole seconds. */
  seconds: number;
  firstStart: EpochMs;
  lastEnd: EpochMs;
  /** How many of the sessions were denied a seat, but ran. Those that earlier releases counted are not among them. */
  denied?: number | undefined;
  /** How many sessions fell into each duration bucket; in rows of machine sessions that name their kind. */
  buckets?: readonly number[] | undefined;
};
