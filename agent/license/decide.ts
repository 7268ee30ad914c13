import { X509Certificate } from "node:crypto";
import { DAY_MS, type EpochMs, formatTime } from "../../shared/contract/time.ts";

/** What to do with a license for a Secret that has another, or none. */
export type LicenseDecision = { kind: "write" } | { kind: "same" } | { kind: "refuse"; reason: string };

/** Writes only a license that is valid now and not older than what is there. */
export const decideLicense = (current: string | undefined, offered: string, now: EpochMs): LicenseDecision => {
  if (current === offered) return { kind: "same" };
  const next = validityOf(offered);
  if (next === undefined) return { kind: "refuse", reason: "The license of the server is not a certificate." };
  if (next.from > now) return { kind: "refuse", reason: `The license is not valid before ${formatTime(next.from)}.` };
  if (next.to <= now) return { kind: "refuse", reason: `The license expired at ${formatTime(next.to)}.` };
  const known = current === undefined ? undefined : validityOf(current);
  // Text that is no certificate is nothing that an operator can use.
  if (known === undefined) return { kind: "write" };
  const isOlder = next.from < known.from || (next.from === known.from && next.to < known.to);
  if (!isOlder) return { kind: "write" };
  return { kind: "refuse", reason: "The license in the Secret is newer than that of the server." };
};

type Validity = { from: EpochMs; to: EpochMs };

const validityOf = (pem: string): Validity | undefined => {
  const certificate = certificateOf(pem);
  if (certificate === undefined) return undefined;
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  return Number.isNaN(from) || Number.isNaN(to) ? undefined : { from, to };
};

const certificateOf = (pem: string): X509Certificate | undefined => {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
};

/** SHA-256 of the certificate, without colons. Undefined if it is none. */
export const fingerprintOf = (pem: string): string | undefined =>
  certificateOf(pem)?.fingerprint256.replaceAll(":", "").toLowerCase();

export type RestartFacts = {
  /** The license in the Secret. */
  pem: string;
  /** When the license of the running operator ends, `yyyy-mm-dd`. Undefined if it is not known. */
  operatorExpiry: string | undefined;
  /** For which license the operator was restarted before. */
  restartedFor: string | undefined;
  /** Undefined if the agent does not know. */
  liveSessions: number | undefined;
  replicas: number;
  now: EpochMs;
  /** The operator is restarted at the latest this long before its license ends. */
  beforeMs: number;
};

/** Whether the operator must be restarted, so that it reads the license in the Secret. */
export const decideRestart = (facts: RestartFacts): "restart" | "wait" | "none" => {
  const offered = validityOf(facts.pem);
  const expiry = Date.parse(facts.operatorExpiry ?? "");
  if (offered === undefined || Number.isNaN(expiry)) return "none";
  // The operator shows the day alone.
  if (expiry >= Math.floor(offered.to / DAY_MS) * DAY_MS) return "none";
  if (facts.restartedFor !== undefined && facts.restartedFor === fingerprintOf(facts.pem)) return "none";
  // With several replicas another one takes over, and sessions survive.
  const isHarmless = facts.liveSessions === 0 || facts.replicas > 1;
  return isHarmless || expiry - facts.now <= facts.beforeMs ? "restart" : "wait";
};
