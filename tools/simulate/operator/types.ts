import type { LockedPorts, SessionStart, UserStart } from "../../../agent/wire/bodies.ts";
import type { Clock } from "../../../agent/wire/clock.ts";
import type { LeaseVerifier } from "../../../agent/wire/lease.ts";
import type { Delivery } from "../../../agent/wire/outbox.ts";
import type { LicenseObject } from "../../../shared/contract/responses.ts";
import type { EpochMs } from "../../../shared/contract/time.ts";
import type { Client } from "../client.ts";
import type { Random } from "../random.ts";
import type { Reported } from "../unanswered.ts";

export type OperatorSettings = {
  /** Random, and new with every start of the operator. */
  instanceId: string;
  clusterName: string;
  operatorVersion: string;
  /** The credential once there is a lease; the license key fetches the first lease. */
  credential: "key" | "lease";
  /** The most events of one heartbeat; at most the contract's limit. */
  maxBatch: number;
};

export type OperatorObserver = {
  /** A running session has ended, for any reason, and will be reported. */
  ended(start: UserStart, endedAt: EpochMs): void;
  granted(start: UserStart, seatId: string | undefined): void;
  denied(start: UserStart, code: string): void;
  /** A request that reported this session got no answer, or an answer that leaves the result open. */
  unanswered(start: SessionStart, reported: Reported): void;
  /** Something violated the contract. */
  fault(detail: string): void;
};

export type OperatorDependencies = {
  client: Client;
  clock: Clock;
  random: Random;
  chaos: Delivery;
  nonce: () => string;
  verifyLease: LeaseVerifier;
  observer: OperatorObserver;
};

/** A start record without the operator, which adds itself. */
export type SessionDraft = Omit<UserStart, "instance_id" | "sent_at">;

export type RegisterOutcome = { kind: "registered"; license: LicenseObject } | { kind: "failed"; detail: string };
export type StartOutcome = { kind: "running" } | { kind: "refused"; code: string };
export type BeatOutcome =
  | { kind: "answered" }
  | { kind: "retry"; afterMs: number }
  | { kind: "failed"; detail: string };

export type Operator = {
  readonly instanceId: string;
  /** Fetches the license and the first lease. Retries while the server is unreachable. */
  register(): Promise<RegisterOutcome>;
  /** Asks for a seat unless the user's seat is known to be held. If the server cannot answer, the session starts. */
  startSession(draft: SessionDraft): Promise<StartOutcome>;
  /** Ends a session and reports it in the next heartbeats. Returns false if it is not running. */
  endSession(sessionId: string, endedAt: EpochMs, reason: string): boolean;
  /** Reports an ended session at once, in a call of its own. */
  deliverEnd(sessionId: string): Promise<void>;
  /** Reports a session that began and ended while the server was unreachable. */
  reportEnded(draft: SessionDraft, endedAt: EpochMs, reason: string): void;
  changePorts(sessionId: string, lockedPorts: LockedPorts): void;
  reportError(timestamp: EpochMs, error: string): void;
  /** One heartbeat, never two at a time: renews the lease, delivers events, applies the answer. */
  beat(): Promise<BeatOutcome>;
  /** How long to wait between heartbeats, as the lease says. */
  beatEveryMs(): number;
  /** How many events wait to be acknowledged. */
  pending(): number;
  running(): readonly string[];
};
