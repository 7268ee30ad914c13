import type { EpochMs } from "../../../shared/contract/time.ts";
import type { Outcome } from "../client.ts";
import type { SessionStart } from "../wire.ts";
import { retryDelayMs } from "./backoff.ts";
import { createLeaseKeeper, type LeaseKeeper } from "./lease-keeper.ts";
import { createOutbox, type Outbox } from "./outbox.ts";
import { createSeatsHeld, type SeatsHeld } from "./seats-held.ts";
import type { OperatorDependencies, OperatorSettings } from "./types.ts";

/** All that an operator knows between two calls. */
export type OperatorState = {
  readonly settings: OperatorSettings;
  readonly dependencies: OperatorDependencies;
  readonly lease: LeaseKeeper;
  readonly outbox: Outbox;
  readonly seats: SeatsHeld;
  readonly live: Map<string, SessionStart>;
  /** The start records of ended sessions, for a server that turns out not to know the start. */
  readonly ending: Map<string, SessionStart>;
  license: { fingerprint: string; trackingMode: string } | undefined;
  /** Of the last heartbeat. */
  seq: number;
  /** Calls in a row that found no server able to answer. */
  failures: number;
  /** Until then the server asked to be left alone. */
  pausedUntil: EpochMs;
};

export const createState = (settings: OperatorSettings, dependencies: OperatorDependencies): OperatorState => {
  const state: OperatorState = {
    settings,
    dependencies,
    lease: createLeaseKeeper(dependencies.verifyLease, dependencies.observer.fault),
    outbox: createOutbox(dependencies.chaos),
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

/** Makes a call with the lease token where that is what the operator shows, and with the key if the token is not taken. */
export const authorized = async <T>(
  { settings, lease, dependencies }: OperatorState,
  call: (leaseToken?: string) => Promise<Outcome<T>>,
): Promise<Outcome<T>> => {
  const token = settings.credential === "lease" ? lease.token() : undefined;
  const outcome = await call(token);
  if (token === undefined || outcome.kind !== "problem" || outcome.status !== 401) return outcome;
  dependencies.observer.fault("the server did not take the lease token it gave");
  return call();
};

/** Notes that the server could not answer, and says how many milliseconds to leave it alone. */
export const backOff = (state: OperatorState, outcome: Outcome<unknown>): number => {
  const { clock, random } = state.dependencies;
  state.failures += 1;
  const delayMs = retryDelayMs(outcome, state.failures, random);
  state.pausedUntil = clock.now() + delayMs;
  return delayMs;
};

/** An outcome that was not the one hoped for, in a line of text. */
export const describe = (outcome: Outcome<unknown>): string => {
  if (outcome.kind === "problem") return `${outcome.status} ${outcome.code}: ${outcome.detail}`;
  return outcome.kind === "lost" ? `no answer (${outcome.detail})` : "answered";
};
