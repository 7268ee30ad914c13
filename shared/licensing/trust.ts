import type { EpochMs } from "../contract/time.ts";
import { type Certificate, type CertificateReading, readCertificates } from "./certificate.ts";
import { criticalFault, issuerFault } from "./issuer.ts";
import { TERMS_OID } from "./license-terms.ts";
import { signatureFault } from "./signature.ts";

/** The certificates of trusted authorities. */
export type TrustAnchors = readonly Certificate[];

/** `until`: when the first issuer expires. A reason names the certificate that fails and the fault. */
export type TrustOutcome = { ok: true; until: EpochMs } | { ok: false; reason: string };

/** The maximum number of certificates that are read from a file, or from the trust anchors. */
const MAX_CERTIFICATES = 10;
/** The maximum number of certificates between the license and a trust anchor. */
const MAX_INTERMEDIATES = 3;

/** Reads the trust anchors. Throws if one cannot be read: some of them would not be what was configured. */
export const readTrustAnchors = (pem: string): TrustAnchors =>
  readCertificates(pem, MAX_CERTIFICATES).map((reading, place) => {
    if (reading.ok) return reading.certificate;
    throw new Error(`trust anchor ${place + 1} is not usable: ${reading.reason}`);
  });

/**
 * Verifies that a chain leads from the license, the file's first certificate, to a trust anchor. The other certificates of
 * the file may be part of it, in any order. Every issuer must be valid at `now`. The license's own times do not count: they
 * are its status.
 */
export const verifyTrust = (pem: string, anchors: TrustAnchors, now: EpochMs): TrustOutcome => {
  const [license, ...others] = readCertificates(pem, MAX_CERTIFICATES);
  if (!license?.ok) return { ok: false, reason: license?.reason ?? "there is no CERTIFICATE block" };
  const fault = criticalFault(license.certificate, [TERMS_OID]);
  if (fault !== undefined) return { ok: false, reason: `the license ${fault}` };
  const known = [...anchors.map(anchorParty), ...others.flatMap(otherParty)];
  return climb({ called: "the license", certificate: license.certificate, isAnchor: false }, [], known, now);
};

type Party = { called: string; certificate: Certificate; isAnchor: boolean };

const anchorParty = (certificate: Certificate, place: number): Party => ({
  called: `trust anchor ${place + 1}`,
  certificate,
  isAnchor: true,
});

// A certificate that cannot be read is not an issuer.
const otherParty = (reading: CertificateReading, place: number): Party[] =>
  reading.ok
    ? [{ called: `certificate ${place + 2} of the file`, certificate: reading.certificate, isAnchor: false }]
    : [];

// Goes up from the license by the names. Anchors come first, so that the chain is as short as possible. The reason has the
// faults of all ways.
const climb = (subject: Party, below: readonly Party[], known: readonly Party[], now: EpochMs): TrustOutcome => {
  const isIssuer = ({ certificate }: Party) => Buffer.from(certificate.subject).equals(subject.certificate.issuer);
  const issuers = known.filter((party) => isIssuer(party) && party !== subject && !below.includes(party));
  if (issuers.length === 0)
    return {
      ok: false,
      reason: `${subject.called} was not issued by a trust anchor or another certificate of the file`,
    };
  const reasons = new Set<string>();
  for (const issuer of issuers) {
    const outcome = step(subject, issuer, below, known, now);
    if (outcome.ok) return outcome;
    reasons.add(outcome.reason);
  }
  return { ok: false, reason: [...reasons].join("; ") };
};

const step = (
  subject: Party,
  issuer: Party,
  below: readonly Party[],
  known: readonly Party[],
  now: EpochMs,
): TrustOutcome => {
  const forged = signatureFault(subject.certificate, issuer.certificate);
  if (forged !== undefined) return { ok: false, reason: `${subject.called} ${forged}` };
  const unfit = issuerFault(issuer.certificate, below.length, now);
  if (unfit !== undefined) return { ok: false, reason: `${issuer.called} ${unfit}` };
  const until = issuer.certificate.notAfter ?? now;
  if (issuer.isAnchor) return { ok: true, until };
  if (below.length === MAX_INTERMEDIATES)
    return {
      ok: false,
      reason: `there are more than ${MAX_INTERMEDIATES} certificates between license and trust anchor`,
    };
  const rest = climb(issuer, [...below, issuer], known, now);
  return rest.ok ? { ok: true, until: Math.min(until, rest.until) } : rest;
};
