import { describe, expect, it } from "vitest";
import { type LicenseTerms, readLicenseTerms, type TermsReading } from "../../../shared/licensing/license-terms.ts";
import { mintTerms, type TermsJson } from "../../../tools/mint/mint.ts";

const read = (terms: TermsJson | string): TermsReading =>
  readLicenseTerms(Buffer.from(typeof terms === "string" ? terms : JSON.stringify(terms)));

const termsOf = (terms: TermsJson): LicenseTerms => {
  const reading = read(terms);
  if (!reading.ok) throw new Error(reading.faults.join("; "));
  return reading.terms;
};

describe("license terms", () => {
  it("may leave out all but the type and the seats", () => {
    expect(termsOf({ type: "teams", max_seats: 5 })).toEqual({
      type: "teams",
      maxSeats: 5,
      subscriptionId: null,
      organizationId: null,
      trial: false,
      version: null,
      instancedLicenseServer: false,
      trackingMode: "ClientCertificate",
      minOperatorVersion: null,
    });
  });

  it("may hold fields we do not know", () => {
    const strange = mintTerms({ max_cats: { deep: [1, -2.5, "x"] }, constructor: 1, toString: null });
    expect(termsOf(strange)).toEqual(termsOf(mintTerms()));
  });

  it.each([null, 0, 1, 100_000])("grant %j seats, null being unlimited", (seats) => {
    expect(termsOf(mintTerms({ max_seats: seats })).maxSeats).toBe(seats);
  });

  it.each([
    "KubernetesUser",
    "kubernetesUser",
    "KubernetesUsername",
    "kubernetes_user",
    "KUBERNETES-USER",
    "Kubernetes users",
    "K8sUser",
    "UserOfKubernetes",
  ])("with tracking mode %s count Kubernetes users", (mode) => {
    expect(termsOf(mintTerms({ seat_tracking_mode: mode })).trackingMode).toBe("KubernetesUser");
  });

  it.each(["ClientCertificate", "client_certificate", "HardwareToken", "User", "", null])(
    "with tracking mode %j count client certificates",
    (mode) => {
      expect(termsOf(mintTerms({ seat_tracking_mode: mode })).trackingMode).toBe("ClientCertificate");
    },
  );

  it.each<[TermsJson, string]>([
    [{ type: undefined }, "type is missing"],
    [{ type: null }, "type must be a string"],
    [{ type: "" }, "type must not be empty"],
    // Never read as unlimited: that would give seats away.
    [{ max_seats: undefined }, "max_seats is missing"],
    ...[-1, 1.5, "10", true, [], 2 ** 53].map((seats): [TermsJson, string] => [
      { max_seats: seats },
      "max_seats must be a whole number of at least 0, or null for unlimited",
    ]),
    [{ trial: "yes" }, "trial must be true or false"],
    [{ subscription_id: 7 }, "subscription_id must be a string or null"],
    [{ organization_id: {} }, "organization_id must be a string or null"],
    [{ version: true }, "version must be a string, a number or null"],
    [{ instanced_license_server: 1 }, "instanced_license_server must be true or false"],
    [{ seat_tracking_mode: ["KubernetesUser"] }, "seat_tracking_mode must be a string or null"],
    [{ min_operator_version: 3 }, "min_operator_version must be a string or null"],
    [{ min_operator_version: "latest" }, "min_operator_version must be a version such as 3.120.0"],
  ])("with %j are refused", (changes, fault) => {
    expect(read(mintTerms(changes))).toEqual({ ok: false, faults: [fault] });
  });

  it("without an edition, or with one we do not know, have none of its terms", () => {
    const terms = { modules: 7, max_operators: "many", max_requests_per_second: -1 };
    for (const edition of [undefined, null, "gold", "", 7])
      expect(termsOf(mintTerms({ edition, ...terms }))).toEqual(termsOf(mintTerms()));
  });

  it.each(["community", "premium"] as const)(
    "of the edition %s may limit modules, operators and throughput",
    (edition) => {
      const limits = { modules: ["governance"], max_operators: 0, max_requests_per_second: 0.5 };
      expect(termsOf(mintTerms({ edition, ...limits })).edition).toEqual({
        name: edition,
        modules: ["governance"],
        maxOperators: 0,
        maxRequestsPerSecond: 0.5,
      });
      const unlimited = { name: edition, modules: null, maxOperators: null, maxRequestsPerSecond: null };
      expect(termsOf(mintTerms({ edition })).edition).toEqual(unlimited);
      const nulls = { modules: null, max_operators: null, max_requests_per_second: null };
      expect(termsOf(mintTerms({ edition, ...nulls })).edition).toEqual(unlimited);
    },
  );

  it.each<[TermsJson, string]>([
    ...["base", [1], [""], {}].map((modules): [TermsJson, string] => [
      { modules },
      "modules must be a list of names, or null for all modules",
    ]),
    ...[-1, 1.5, "10", 2 ** 53].map((operators): [TermsJson, string] => [
      { max_operators: operators },
      "max_operators must be a whole number of at least 0, or null for unlimited",
    ]),
    ...[0, -1, "10", true].map((throughput): [TermsJson, string] => [
      { max_requests_per_second: throughput },
      "max_requests_per_second must be a number above 0, or null for unlimited",
    ]),
  ])("of an edition are refused with %j, and every fault is named", (changes, fault) => {
    expect(read(mintTerms({ edition: "community", ...changes }))).toEqual({ ok: false, faults: [fault] });
    expect(read(mintTerms({ edition: "community", trial: 1, ...changes }))).toEqual({
      ok: false,
      faults: ["trial must be true or false", fault],
    });
  });

  it.each(["", "{", "null", "[]", '"teams"', "{'type':1}", "{} {}"])("must be one JSON object, not %j", (text) => {
    expect(read(text)).toEqual({ ok: false, faults: ["the terms are not a JSON object"] });
  });

  it("must be UTF-8", () => {
    const json = Buffer.from('{"type":"teams","max_seats":1,"x":"@@"}');
    expect(readLicenseTerms(json).ok).toBe(true);
    json.set([0xc3, 0x28], json.indexOf("@@"));
    expect(readLicenseTerms(json)).toEqual({ ok: false, faults: ["the terms are not a JSON object"] });
  });
});
