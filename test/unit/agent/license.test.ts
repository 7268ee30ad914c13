import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decideLicense, decideRestart, fingerprintOf } from "../../../agent/license/decide.ts";
import { createOperatorRestart } from "../../../agent/license/restart.ts";
import { createLicenseSecret } from "../../../agent/license/secret.ts";
import { createLog } from "../../../agent/log.ts";
import { createTroubles } from "../../../agent/troubles.ts";
import { DAY_MS, dayOf, HOUR_MS } from "../../../shared/contract/time.ts";
import { type ApiServer, refusal, startApiServer } from "../../support/kube/api-server.ts";
import { kubeOf } from "../../support/kube/watching.ts";
import { START, testLicense } from "../../support/license.ts";

const log = createLog(
  "error",
  () => {},
  () => START,
);
const old = testLicense({}, { notBefore: START - 300 * DAY_MS, notAfter: START + 20 * DAY_MS });
const renewed = testLicense({}, { notBefore: START - DAY_MS, notAfter: START + 385 * DAY_MS });
const expired = testLicense({}, { notBefore: START - 300 * DAY_MS, notAfter: START - DAY_MS });
const future = testLicense({}, { notBefore: START + DAY_MS, notAfter: START + 385 * DAY_MS });

describe("a license", () => {
  it("replaces nothing, text that is none, and an older one", async () => {
    for (const current of [undefined, "", "no license", await old, await expired])
      expect(decideLicense(current, await renewed, START)).toEqual({ kind: "write" });
    expect(decideLicense(await renewed, await renewed, START)).toEqual({ kind: "same" });
  });

  it("that is older, expired, not yet valid, or no certificate replaces nothing", async () => {
    const refusals = [
      decideLicense(await renewed, await old, START),
      decideLicense(undefined, await expired, START),
      decideLicense(undefined, await future, START),
      decideLicense(await expired, "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n", START),
    ];
    expect(refusals.map((decision) => decision.kind === "refuse" && decision.reason)).toEqual([
      "The license in the Secret is newer than that of the server.",
      expect.stringMatching(/^The license expired at /),
      expect.stringMatching(/^The license is not valid before /),
      "The license of the server is not a certificate.",
    ]);
  });
});

describe("a restart of the operator", () => {
  const facts = async (changes: Partial<Parameters<typeof decideRestart>[0]> = {}) =>
    decideRestart({
      ...{ pem: await renewed, operatorExpiry: dayOf(START + 20 * DAY_MS), restartedFor: undefined },
      ...{ liveSessions: 3, replicas: 1, now: START, beforeMs: 24 * HOUR_MS, ...changes },
    });

  it("waits for a moment without sessions, or needs several replicas", async () => {
    expect(await facts()).toBe("wait");
    expect(await facts({ liveSessions: undefined })).toBe("wait");
    expect(await facts({ liveSessions: 0 })).toBe("restart");
    expect(await facts({ replicas: 2 })).toBe("restart");
  });

  it("comes at the latest a day before the operator's license ends", async () => {
    expect(await facts({ now: START + 19 * DAY_MS - 12 * HOUR_MS - 1 })).toBe("wait");
    expect(await facts({ now: START + 19 * DAY_MS - 12 * HOUR_MS })).toBe("restart");
  });

  it("is done once for a license, and never if the operator has it or shows none", async () => {
    expect(await facts({ liveSessions: 0, restartedFor: fingerprintOf(await renewed) })).toBe("none");
    expect(await facts({ liveSessions: 0, restartedFor: fingerprintOf(await old) })).toBe("restart");
    expect(await facts({ liveSessions: 0, operatorExpiry: dayOf(START + 385 * DAY_MS) })).toBe("none");
    expect(await facts({ liveSessions: 0, operatorExpiry: undefined })).toBe("none");
    expect(await facts({ liveSessions: 0, operatorExpiry: "soon" })).toBe("none");
  });
});

describe("in a cluster", () => {
  let kube: ApiServer;
  beforeEach(async () => {
    kube = await startApiServer({ now: () => START, installed: [] });
  });
  afterEach(() => kube.close());

  const SECRETS = "/api/v1/namespaces/mirrord/secrets";
  const LABELS = { "mirrord-license-agent/license": "true" };
  const put = (pem: string | undefined, labels: object = LABELS): void => {
    const data =
      pem === undefined ? {} : { data: { "license.pem": Buffer.from(pem).toString("base64"), other: "eA==" } };
    kube.put(SECRETS, { metadata: { name: "license", labels }, ...data });
  };
  const stored = (): string | undefined => {
    const data = kube.get(SECRETS, "license")?.["data"] as Record<string, string> | undefined;
    return data?.["license.pem"] && Buffer.from(data["license.pem"], "base64").toString("utf8");
  };
  const secret = () => {
    const troubles = createTroubles(log, () => {});
    let written = 0;
    const keeper = createLicenseSecret({
      ...{ kube: kubeOf(kube.url), namespace: "mirrord", name: "license", now: () => START, log, troubles },
      onWritten: () => {
        written += 1;
      },
    });
    return { keep: keeper.keep, fault: () => troubles.current().get("license"), written: () => written };
  };

  it("the Secret receives the license before an operator or any CRD exists, once, and keeps its other keys", async () => {
    put(undefined);
    const { keep, written } = secret();
    expect(await keep(await old)).toBe(true);
    expect(stored()).toBe(await old);
    expect(await keep(await old)).toBe(true);
    put(await old);
    expect(await keep(await renewed)).toBe(true);
    expect(stored()).toBe(await renewed);
    expect(kube.get(SECRETS, "license")?.["data"] as object).toMatchObject({ other: "eA==" });
    expect(written()).toBe(2);
  });

  it("the Secret is never emptied, deleted or written with a worse license", async () => {
    put(await renewed);
    const { keep, fault } = secret();
    expect(await keep(await old)).toBe(false);
    expect(fault()).toMatch(/mirrord\/license does not receive the license\. The license in the Secret is newer/);
    expect(await keep(await expired)).toBe(false);
    expect(stored()).toBe(await renewed);
    expect(kube.calls.every(({ method }) => method === "GET")).toBe(true);
    expect(await keep(await renewed)).toBe(true);
    expect(fault()).toBeUndefined();
  });

  it("a Secret that is missing, forbidden, or not the agent's is one trouble and is not written", async () => {
    const { keep, fault } = secret();
    expect(await keep(await renewed)).toBe(false);
    expect(fault()).toMatch(/cannot be read: 404/);
    put(undefined, {});
    expect(await keep(await renewed)).toBe(false);
    expect(fault()).toMatch(/lacks the label mirrord-license-agent\/license: "true"/);
    put(undefined);
    kube.setRule(({ method }) => (method === "PATCH" ? refusal(403, "Forbidden", "no patch") : undefined));
    expect(await keep(await renewed)).toBe(false);
    expect(fault()).toMatch(/cannot be written: 403 Forbidden no patch/);
    expect(stored()).toBeUndefined();
  });

  it("a license that somebody writes meanwhile is not overwritten unseen", async () => {
    put(await old);
    const newest = await testLicense({}, { notBefore: START, notAfter: START + 400 * DAY_MS });
    kube.setRule(({ method }) => {
      if (method === "PATCH" && stored() !== newest) put(newest);
      return undefined;
    });
    const { keep } = secret();
    expect(await keep(await renewed)).toBe(false);
    expect(stored()).toBe(newest);
  });

  it("the operator is restarted once for a license", async () => {
    const DEPLOYMENTS = "/apis/apps/v1/namespaces/mirrord/deployments";
    kube.put(DEPLOYMENTS, {
      metadata: { name: "mirrord-operator" },
      spec: { replicas: 1, template: { metadata: { annotations: { mine: "stays" } }, spec: {} } },
    });
    const restart = createOperatorRestart({
      ...{ kube: kubeOf(kube.url), namespace: "mirrord", deployment: "mirrord-operator", now: () => START },
      ...{ beforeMs: 24 * HOUR_MS, log, troubles: createTroubles(log, () => {}) },
    });
    const facts = { pem: await renewed, operatorExpiry: dayOf(START + 20 * DAY_MS), liveSessions: 1 };
    const patches = () => kube.calls.filter(({ method }) => method === "PATCH").length;
    await restart.check(facts);
    expect(patches()).toBe(0);
    for (let time = 0; time < 3; time++) await restart.check({ ...facts, liveSessions: 0 });
    expect(patches()).toBe(1);
    expect(kube.get(DEPLOYMENTS, "mirrord-operator")?.["spec"]).toMatchObject({
      template: {
        metadata: { annotations: { mine: "stays", "kubectl.kubernetes.io/restartedAt": expect.any(String) } },
      },
    });
  });
});
