import type { EpochMs } from "../../shared/contract/time.ts";
import { isTransient, retryDelayMs } from "../wire/backoff.ts";
import { describe, type Outcome } from "../wire/call.ts";
import type { LoopDependencies, LoopState } from "./types.ts";

// One lost answer is nothing that people need to read.
const FAILURES_UNTIL_TROUBLE = 3;

/** Whether the server refuses who the agent is, or what its credential allows. */
export const isRefusedCredential = (outcome: Outcome<unknown>): boolean =>
  outcome.kind === "problem" &&
  (outcome.status === 401 || (outcome.status === 403 && (outcome.code === "Forbidden" || outcome.code === "Http403")));

/** Notes that the server could not answer, and pauses all calls. */
export const backOff = (
  { clock, random, troubles, log }: LoopDependencies,
  state: LoopState,
  outcome: Outcome<unknown>,
): void => {
  state.failures += 1;
  const delayMs = retryDelayMs(outcome, state.failures, random);
  state.pausedUntil = clock.now() + delayMs;
  log.debug("The license server did not answer", { detail: describe(outcome), retry_in_ms: delayMs });
  if (state.failures >= FAILURES_UNTIL_TROUBLE)
    troubles.begin(
      "server",
      `The license server cannot be reached: ${describe(outcome)}. Events are kept and sent later.`,
    );
};

/**
 * The server refuses the credential. Files are read again, and another credential is tried at once; the same one only after a
 * long pause. Events are kept.
 */
export const onRefusedCredential = (
  { clock, credential, troubles, waits }: LoopDependencies,
  state: LoopState,
  outcome: Outcome<unknown>,
): void => {
  troubles.begin(
    "credential",
    `The license server refuses the agent's credential: ${describe(outcome)}. Replace the token or license key. Events are kept.`,
  );
  const refused = credential.version();
  credential.reload();
  if (credential.version() === refused && !state.hasAlternated) credential.alternate();
  state.hasAlternated = true;
  state.refusedVersion = refused;
  state.pausedUntil = clock.now() + waits.credentialMs;
};

/** An answer arrived that is none of the failures above. */
export const onAnswered = ({ troubles }: LoopDependencies, state: LoopState, outcome: Outcome<unknown>): void => {
  if (isTransient(outcome)) return;
  state.failures = 0;
  state.pausedUntil = 0;
  state.hasAlternated = false;
  state.refusedVersion = undefined;
  troubles.over("server");
  troubles.over("credential");
};

/**
 * The server's clock less the agent's own: what is certain of it. The server noted its time at some moment of the call, and only
 * what no such moment explains is an offset.
 */
export const offsetOf = (serverTime: EpochMs, sentAt: EpochMs, receivedAt: EpochMs): number => {
  if (serverTime < sentAt) return serverTime - sentAt;
  return Math.max(0, serverTime - receivedAt);
};
