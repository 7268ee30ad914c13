import { retryDelayMs } from "../../../agent/wire/backoff.ts";
import type { UserStart } from "../../../agent/wire/bodies.ts";
import type { Outcome } from "../../../agent/wire/call.ts";
import { createLeaseKeeper, type LeaseKeeper } from "../../../agent/wire/lease-keeper.ts";
import { createOutbox, type Outbox } from "../../../agent/wire/outbox.ts";
import type { EpochMs } from "../../../shared/contract/time.ts";
import { createSeatsHeld, type SeatsHeld } from "./seats-held.ts";
import type { OperatorDependencies, OperatorSettings } from "./types.ts";

/** The state of an operator between two calls. */
export type OperatorState = {
  readonly settings: OperatorSettings;
  readonly dependencies: OperatorDependencies;
  readonly lease: LeaseKeeper;
  readonly outbox: Outbox;
  readonly seats: SeatsHeld;
  readonly live: Map<string, UserStart>;
  /** The start records of ended sessions, in case the server does not know the start. */
  readonly ending: Map<string, UserStart>;
  license: { fingerprint: string; trackingMode: string } | undefined;
  /** The number of the last heartbeat. */
  seq: number;
  /** Consecutive calls that the server could not answer. */
  failures: number;
  /** The server asked for a pause until then. */
  pausedUntil: EpochMs;
};

export const createState = (settings: OperatorSettings, dependencies: OperatorDependencies): OperatorState => {
  const state: OperatorState = {
    settings,
    dependencies,
    lease: createLeaseKeeper(dependencies.verifyLease, dependencies.observer.fault),
    outbox: createOutbox({ delivery: dependencies.chaos }),
    seats: createSeatsHeld(() => state.license?.trackingMode),
    live: new Map(),
    ending: new Map(),
    license: undefined,
    seq: 0,
    failures: 0,
    pausedUntil: 0,
  };
  return state;
};

/** Makes a call with the lease token, if the operator uses it, and with the key if the token is refused. */
export const authorized = async <T>(
  { settings, lease, dependencies }: OperatorState,
  call: (leaseToken?: string) => Promise<Outcome<T>>,
): Promise<Outcome<T>> => {
  const token = settings.credential === "lease" ? lease.token() : undefined;
  const outcome = await call(token);
  if (token === undefined || outcome.kind !== "problem" || outcome.status !== 401) return outcome;
  dependencies.observer.fault("the server refused its own lease token");
  return call();
};

/** Notes that the server could not answer. Returns how many milliseconds to wait. */
export const backOff = (state: OperatorState, outcome: Outcome<unknown>): number => {
  const { clock, random } = state.dependencies;
  state.failures += 1;
  const delayMs = retryDelayMs(outcome, state.failures, random);
  state.pausedUntil = clock.now() + delayMs;
  return delayMs;
};
