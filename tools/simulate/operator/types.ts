import type { LicenseObject } from "../../../shared/contract/responses.ts";
import type { EpochMs } from "../../../shared/contract/time.ts";
import type { Chaos } from "../chaos.ts";
import type { Client } from "../client.ts";
import type { Clock } from "../clock.ts";
import type { Random } from "../random.ts";
import type { Told } from "../unanswered.ts";
import type { LockedPorts, SessionStart } from "../wire.ts";
import type { LeaseVerifier } from "./lease.ts";

export type OperatorSettings = {
  /** Random, and new with every start of the operator. */
  instanceId: string;
  clusterName: string;
  operatorVersion: string;
  /** What is presented once there is a lease; the license key fetches the first. */
  credential: "key" | "lease";
  /** The most events of one heartbeat; never above the contract's own limit. */
  maxBatch: number;
};

export type OperatorObserver = {
  /** A session that ran is over, whoever ended it, and will be reported. */
  ended(start: SessionStart, endedAt: EpochMs): void;
  granted(start: SessionStart, seatId: string | undefined): void;
  denied(start: SessionStart, code: string): void;
  /** A request that told of this session got no answer, or one that leaves open what was done. */
  unanswered(start: SessionStart, told: Told): void;
  /** Something happened that the contract does not foresee. */
  fault(detail: string): void;
};

export type OperatorDependencies = {
  client: Client;
  clock: Clock;
  random: Random;
  chaos: Chaos;
  nonce: () => string;
  verifyLease: LeaseVerifier;
  observer: OperatorObserver;
};

/** What is known of a session when it starts; the operator adds itself. */
export type SessionDraft = Omit<SessionStart, "instance_id" | "sent_at">;

export type RegisterOutcome = { kind: "registered"; license: LicenseObject } | { kind: "failed"; detail: string };
export type StartOutcome = { kind: "running" } | { kind: "refused"; code: string };
export type BeatOutcome =
  | { kind: "answered" }
  | { kind: "retry"; afterMs: number }
  | { kind: "failed"; detail: string };

export type Operator = {
  readonly instanceId: string;
  /** Fetches the license and the first lease, waiting for a server that is not there yet. */
  register(): Promise<RegisterOutcome>;
  /** Asks for a seat if the user's is not known to be held; a server that cannot answer stops nobody from working. */
  startSession(draft: SessionDraft): Promise<StartOutcome>;
  /** Ends a session, of which the next heartbeats tell. False, and nothing more, if it does not run. */
  endSession(sessionId: string, endedAt: EpochMs, reason: string): boolean;
  /** Tells of an ended session at once, in a call of its own. */
  deliverEnd(sessionId: string): Promise<void>;
  /** Tells of a session that began and ended while nobody could be told. */
  tellEnded(draft: SessionDraft, endedAt: EpochMs, reason: string): void;
  changePorts(sessionId: string, lockedPorts: LockedPorts): void;
  reportError(timestamp: EpochMs, error: string): void;
  /** One heartbeat, never two at a time: renews the lease, delivers events, obeys what the server asks for. */
  beat(): Promise<BeatOutcome>;
  /** How long to wait between heartbeats, as the lease says. */
  beatEveryMs(): number;
  /** How many events wait to be acknowledged. */
  pending(): number;
  running(): readonly string[];
};
