import type { LicensePostResponse } from "../../shared/contract/responses.ts";
import type { EpochMs } from "../../shared/contract/time.ts";
import type { CatalogStatus, StatusReports } from "../catalog/status.ts";
import type { Credential } from "../credential.ts";
import type { Log } from "../log.ts";
import type { Sessions } from "../sessions/types.ts";
import type { Troubles } from "../troubles.ts";
import type { Waits } from "../waits.ts";
import type { Jitter } from "../wire/backoff.ts";
import type { SessionStopped } from "../wire/bodies.ts";
import type { Client } from "../wire/client.ts";
import type { Clock } from "../wire/clock.ts";
import type { Batch, Outbox } from "../wire/outbox.ts";

/** Who this process is, and what it may do. */
export type Identity = {
  instanceId: string;
  clusterId: string;
  clusterName: string | undefined;
  /** The agent's own version. */
  version: string;
  /** Random, and new with every start of the process. */
  processId: string;
  enforces: boolean;
  killsPreviews: boolean;
  appliesCatalog: boolean;
};

/** What became of stops that the server asked for. */
export type StopReports = {
  /** Those that the server does not have yet, at most so many. */
  waiting(most: number): readonly SessionStopped[];
  delivered(reports: readonly SessionStopped[]): void;
};

/** What the loop reports to the rest of the agent. */
export type LoopListener = {
  /** A registration succeeded. */
  license(license: LicensePostResponse["license"]): void;
  /** The server asks to stop these sessions: all that it currently wants stopped. */
  terminate(sessionIds: readonly string[]): void;
  /** The server found no seat for a session, which continues. */
  denied(sessionId: string, code: string): void;
  /** The server says that this session is over. Its object may be live nevertheless. */
  over(sessionId: string): void;
  /** The server's catalog of policies and profiles is at this revision. */
  catalog(revision: number): void;
  /** An answer arrived. `offsetMs` is the server's clock less the agent's own. */
  answered(offsetMs: number): void;
  /** A heartbeat got an answer (`ok`), an answer that refuses it, or none. */
  beat(outcome: "ok" | "refused" | "lost"): void;
};

export type LoopDependencies = {
  identity: Identity;
  client: Client;
  clock: Clock;
  random: Jitter;
  nonce: () => string;
  waits: Waits;
  outbox: Outbox;
  sessions: Pick<Sessions, "view" | "start">;
  /** The operator's version, where it is known. */
  operatorVersion: () => string | undefined;
  stops: StopReports;
  catalog: StatusReports;
  credential: Pick<Credential, "reload" | "version" | "alternate">;
  log: Log;
  troubles: Troubles;
  listener: LoopListener;
};

export type LoopState = {
  dialect: "unknown" | "current" | "before";
  /** The number of the last heartbeat. Undefined until the server has answered for the first time. */
  seq: number | undefined;
  /** Whether the agent has continued from the server's number once. */
  hasJumped: boolean;
  /** Whether the server has a license in force, so that it can handle starts. */
  hasLicense: boolean;
  fingerprint: string | undefined;
  intervalMs: number;
  /** Consecutive calls that the server could not answer. */
  failures: number;
  /** Whether the other credential was tried for the current refusal. */
  hasAlternated: boolean;
  /** The version of the credential that the server refuses. Undefined if it refuses none. */
  refusedVersion: number | undefined;
  /** No call before that moment. */
  pausedUntil: EpochMs;
  registerAt: EpochMs;
  beatAt: EpochMs;
  lastBeatAt: EpochMs;
  /** An event came since the last heartbeat was composed. */
  isWanted: boolean;
  isSuperseded: boolean;
};

/** What a heartbeat carried, to be settled by its answer. */
export type SentBeat = { seq: number; batch: Batch; stopped: readonly SessionStopped[]; catalogStatus?: CatalogStatus };
