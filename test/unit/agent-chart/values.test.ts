import { describe, expect, it } from "vitest";
import { type SomeValues, valuesOf } from "../../../tools/agent/values.ts";
import { EVERYTHING, LEAST } from "../../../tools/verify/chart/value-sets.ts";
import { valid } from "./valid.ts";

const faults = (...given: readonly SomeValues[]) => {
  const read = valuesOf(...given);
  return read.ok ? [] : read.faults;
};

describe("the chart's values", () => {
  it("need a cluster name, a URL and an image, and all that is missing is reported at once", () => {
    expect(faults().sort()).toEqual([
      "clusterName: is required",
      "image.repository: is required",
      "server.url: is required",
    ]);
    expect(faults(LEAST)).toEqual([]);
    expect(faults(EVERYTHING)).toEqual([]);
  });

  it.each([
    [{ clusterNames: "x" }, "clusterNames: is not a value of the chart"],
    [{ license: { restart: true } }, "license.restart: is not a value of the chart"],
    [{ server: { url: "licenses.example.com" } }, "server.url: must be a URL that begins with https:// or http://"],
    [
      { server: { url: "https://example.com/?key=1" } },
      "server.url: must be a URL that begins with https:// or http://",
    ],
    [{ clusterName: "x".repeat(129) }, "clusterName: must NOT have more than 128 characters"],
    [{ logLevel: "loud" }, "logLevel: must be one of debug, info, warn, error"],
    [{ enforceSeats: "true" }, "enforceSeats: must be boolean"],
    [{ image: { digest: "sha256:1" } }, "image.digest: must be sha256: and 64 hexadecimal digits"],
    [{ proxy: { httpsProxy: "proxy:3128" } }, "proxy.httpsProxy: must be a URL that begins with https:// or http://"],
    [{ operator: { namespace: "Mirrord" } }, "operator.namespace: must match pattern"],
    [{ proxy: null }, "proxy: is required"],
    [{ podLabels: { team: 1 } }, "podLabels.team: must be string"],
    [{ credentials: { tokenKey: "", licenseKeyKey: "" } }, "credentials.tokenKey: is required"],
    [{ license: { restartOperator: true } }, "license.secretName: is required by license.restartOperator"],
  ])("refuse %j", (wrong, fault) => {
    expect(faults(LEAST, wrong).map((text) => text.slice(0, fault.length))).toContain(fault);
  });

  it("are merged as Helm merges them: later over earlier, entry by entry, and null removes", () => {
    const values = valid(
      LEAST,
      { license: { secretName: "a" } },
      { license: { secretName: "b" }, resources: { limits: null } },
    );
    expect(values.license).toEqual({ secretName: "b", create: true, restartOperator: false });
    expect(values.resources).toEqual({ requests: { cpu: "25m", memory: "128Mi" } });
  });
});
