import { describe, expect, it } from "vitest";
import type { SecretName } from "../../../shared/contract/functions.ts";
import { readAhead } from "../../../shared/http/read-ahead.ts";

describe("reading ahead", () => {
  const begun: SecretName[] = [];
  const read = (name: SecretName) => async () => {
    begun.push(name);
    throw new Error("out of reach");
  };
  const reads = {
    license: read("license"),
    licenseKey: read("licenseKey"),
    leaseSigning: read("leaseSigning"),
    accessSigning: read("accessSigning"),
  };

  it("begins at once with those secrets of a usual call that come over the network, and lets them fail", async () => {
    const env = { LICENSE_SECRET_ARN: "arn:1", LICENSE_KEY: "here already", LEASE_SIGNING_SECRET_ARN: "arn:2" };
    readAhead({ secrets: ["license", "licenseKey", "leaseSigning"], rareSecrets: ["leaseSigning"] }, env, reads);
    expect(begun).toEqual(["license"]);
    await new Promise((resolve) => setImmediate(resolve));
  });
});
