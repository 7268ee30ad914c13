import fc from "fast-check";
import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { DAY_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { grantLease } from "../../../shared/licensing/lease.ts";
import { type LicenseFile, readLicenseFile } from "../../../shared/licensing/license-file.ts";
import { deriveKey } from "../../../shared/licensing/signing-keys.ts";
import { licenseStatus } from "../../../shared/licensing/status.ts";
import { mintLicense, mintTerms } from "../../../tools/mint/mint.ts";
import { runsOf } from "../../support/deep.ts";

const NOW = Date.parse("2026-11-20T08:00:00Z");
const SIGNER = deriveKey("a seed for tests that is long enough for anybody", "lease");

const { pem } = await mintLicense({
  organization: "Acme",
  terms: mintTerms(),
  notBefore: NOW,
  notAfter: NOW + DAY_MS,
  serialNumber: "01",
});
const reading = readLicenseFile(pem);
if (!reading.ok) throw new Error(reading.reason);
const template: LicenseFile = reading.license;

const around = fc.oneof(
  fc.integer({ min: -3 * SECOND_MS, max: 3 * SECOND_MS }),
  fc.integer({ min: -40 * DAY_MS, max: 40 * DAY_MS }),
);

describe("a lease", () => {
  it("is given exactly while the license is in force, and outlives neither the license nor its own length", async () => {
    const property = fc.asyncProperty(
      around,
      fc.integer({ min: 1, max: 40 * DAY_MS }),
      fc.integer({ min: 60, max: 604_800 }),
      async (sinceIssue, lifetime, leaseSeconds) => {
        const license = { ...template, issuedAt: NOW - sinceIssue, expiresAt: NOW - sinceIssue + lifetime };
        const terms = { issuer: "https://license.example.com", leaseSeconds };
        const request = { instanceId: "op-1", license, nonce: undefined, now: NOW };
        const decision = await grantLease(request, terms, SIGNER);
        const status = licenseStatus(license, NOW);
        if (decision.kind === "withheld") {
          expect([status, decision.reason]).toEqual(
            status === "expired" ? ["expired", "LicenseExpired"] : ["not_yet_valid", "LicenseNotYetValid"],
          );
          return;
        }
        expect(["valid", "expiring"]).toContain(status);
        expect((decodeJwt(decision.token).exp ?? Number.POSITIVE_INFINITY) * SECOND_MS).toBe(decision.expiresAt);
        expect(decision.expiresAt).toBeLessThanOrEqual(license.expiresAt);
        expect(decision.expiresAt).toBeLessThanOrEqual(NOW + leaseSeconds * SECOND_MS);
        const whole = Math.min(license.expiresAt, NOW + leaseSeconds * SECOND_MS);
        expect(whole - decision.expiresAt).toBeLessThan(SECOND_MS);
      },
    );
    await fc.assert(property, { numRuns: runsOf(300) });
  });
});
