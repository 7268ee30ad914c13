import type { LicensePostResponse } from "../../shared/contract/responses.ts";
import { type EpochMs, formatTime, HOUR_MS, SECOND_MS } from "../../shared/contract/time.ts";
import type { Waits } from "../waits.ts";
import { isTransient, retryDelayMs } from "../wire/backoff.ts";
import type { LicenseRequest } from "../wire/bodies.ts";
import { describe, type Outcome } from "../wire/call.ts";
import { register as registerOnce } from "../wire/register.ts";
import { checkRegistration } from "./check-answer.ts";
import { versionFor } from "./dialect.ts";
import { backOff, isRefusedCredential, offsetOf, onAnswered, onRefusedCredential } from "./failures.ts";
import type { LoopDependencies, LoopState } from "./types.ts";

// Without one of these the server records no start. An expired license is one in force here: its sessions are recorded.
const NO_LICENSE = new Set(["LicenseMissing", "LicenseInvalid"]);

/**
 * Registers this process once. A refusal stops no heartbeat: it is reported and tried again later. Only without any answer
 * does everything wait.
 */
export const register = async (dependencies: LoopDependencies, state: LoopState): Promise<void> => {
  const { clock, listener } = dependencies;
  const sentAt = clock.now();
  const answered = await registerOnce(dependencies, bodyOf(dependencies, state), 1);
  const outcome = checkRegistration(answered.outcome);
  const now = clock.now();
  if (outcome.kind === "lost") {
    state.registerAt = now;
    backOff(dependencies, state, outcome);
    return;
  }
  if (isRefusedCredential(outcome)) {
    state.registerAt = now;
    onRefusedCredential(dependencies, state, outcome);
    return;
  }
  onAnswered(dependencies, state, outcome);
  if (outcome.kind === "ok") {
    onRegistered(dependencies, state, outcome.body);
    listener.answered(offsetOf(Date.parse(outcome.body.server_time), sentAt, now));
  } else onRefused(dependencies, state, outcome);
};

const onRegistered = (
  { clock, log, troubles, listener, waits }: LoopDependencies,
  state: LoopState,
  { license, lease, server, server_time }: LicensePostResponse,
): void => {
  // A server of the release before does not say what it is.
  const release = server as LicensePostResponse["server"] | undefined;
  state.dialect = release === undefined ? "before" : "current";
  state.hasLicense = true;
  state.fingerprint = license.fingerprint;
  state.registerAt = Number.POSITIVE_INFINITY;
  if (lease !== null) state.intervalMs = intervalOf(lease, waits);
  beginAt(state, Date.parse(server_time), clock.now());
  troubles.over("registration");
  log.info("Registered with the license server", {
    server_version: release?.version ?? "before agents",
    license: license.fingerprint,
    license_expires_at: license.expire_at,
  });
  listener.license(license);
};

const onRefused = (
  { clock, random, troubles, waits }: LoopDependencies,
  state: LoopState,
  outcome: Extract<Outcome<unknown>, { kind: "problem" }>,
): void => {
  const now = clock.now();
  beginAt(state, outcome.date ?? now, now);
  // A server of the release before refuses a registration without the operator's version.
  if (outcome.code === "BadRequest" && state.dialect === "unknown") {
    state.dialect = "before";
    state.registerAt = now;
    return;
  }
  troubles.begin(
    "registration",
    `The license server refuses to register this agent: ${describe(outcome)}. Heartbeats continue.`,
  );
  if (NO_LICENSE.has(outcome.code)) state.hasLicense = false;
  const waitMs = isTransient(outcome) && outcome.retryAfterMs !== undefined ? retryDelayMs(outcome, 1, random) : 0;
  state.registerAt = now + Math.max(waitMs, waits.registerMs);
};

/** The interval that a lease names. No server makes the agent busy, or silent for long. */
export const intervalOf = (
  { heartbeat_interval_secs }: { heartbeat_interval_secs: number },
  { betweenBeatsMs }: Pick<Waits, "betweenBeatsMs">,
): number => Math.min(HOUR_MS, Math.max(betweenBeatsMs, heartbeat_interval_secs * SECOND_MS));

/** Heartbeats are numbered from the server's time in milliseconds, so that a later process has higher numbers. */
const beginAt = (state: LoopState, serverTime: EpochMs, now: EpochMs): void => {
  if (state.seq === undefined) state.beatAt = now;
  state.seq = Math.max(state.seq ?? 0, serverTime);
};

const bodyOf = (
  { identity, operatorVersion, sessions }: LoopDependencies,
  { dialect }: LoopState,
): Omit<LicenseRequest, "nonce"> => ({
  instance_id: identity.instanceId,
  ...versionFor(dialect, operatorVersion()),
  ...agentOf({ identity, sessions }),
});

/** What identifies the agent in registrations and heartbeats. */
export const agentOf = ({ identity, sessions }: Pick<LoopDependencies, "identity" | "sessions">) => {
  const { observedAt } = sessions.view();
  return {
    ...(identity.clusterName === undefined ? {} : { cluster_name: identity.clusterName }),
    cluster_id: identity.clusterId,
    agent: {
      version: identity.version,
      process_id: identity.processId,
      enforces: identity.enforces,
      applies_catalog: identity.appliesCatalog,
      kills_previews: identity.killsPreviews,
      ...(observedAt === undefined ? {} : { observed_at: formatTime(observedAt) }),
    },
  };
};
