import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { describeProblems, loadConfig, parseConfig } from "../../infra/config.ts";
import { mintAuthority } from "../../tools/mint/authority.ts";
import { synthesize } from "./synth.ts";

const SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/license-AbC123";
const CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555";

const problemsOf = (input: unknown): Record<string, string> => {
  const result = parseConfig(input);
  return result.ok ? {} : Object.fromEntries(result.problems.map(({ path, message }) => [path, message]));
};

describe("the deploy configuration", () => {
  it("needs nothing: the defaults are a working server", () => {
    expect(parseConfig({})).toEqual({
      ok: true,
      config: {
        stackPrefix: "LicenseServer",
        tags: {},
        license: { keyGraceSeconds: 86_400 },
        adminByLicenseKey: false,
        tracing: "off",
        encryption: {},
        network: {
          mode: "public",
          vpcEndpointIds: [],
          allowedCidrs: [],
          subnetIds: [],
          securityGroupIds: [],
          accessLogs: false,
        },
        throttle: { rate: 100, burst: 1_000 },
        concurrency: {},
        retention: { operatorErrorsDays: 30, sessionsDays: 1_825, logsDays: 30 },
        seats: { mode: "period", graceMinutes: 15, reservations: [], lostMinutes: 60 },
        lease: { seconds: 86_400, heartbeatIntervalSeconds: 60, lostAfterSeconds: 172_800 },
        reports: { schedule: "monthly", timeZone: "UTC" },
        dashboard: { enabled: true },
        metrics: { perUserLabels: false },
        privacy: { pseudonymsOnly: false },
        notifications: {},
        alarms: {
          enabled: true,
          dashboard: false,
          metrics: "events",
          licenseDays: 14,
          licenseUrgentDays: 2,
          seatsPercent: 80,
          denials: 1,
          serverErrors: 5,
          wrongCredentials: 50,
          tokenCalls: 1,
          latencyMs: 2_000,
        },
        events: { enabled: false },
        logLevel: "info",
      },
    });
  });

  it("reports every problem at once, each with the path of the offending value", () => {
    expect(
      problemsOf({
        stackPrefix: "9lives",
        account: 123456789012,
        region: "Frankfurt",
        tags: { "aws:owner": "me", cost: 7 },
        license: {
          key: { secretArn: "license-key" },
          file: { secretArn: SECRET, versionId: "a".repeat(32), versionStage: "BLUE" },
          trustAnchor: "vendor.pem",
        },
        customDomain: { name: "https://licenses.example.com", basePath: "/licenses", hostedZone: { id: "zone" } },
        throttle: { rate: 0, burst: 1.5 },
        concurrency: { public: 0, heartbeat: 5 },
        retention: { operatorErrorsDays: "30", sessionsDays: 30, logsDays: 2 },
        seats: { allowOverages: "no", anchorDay: 32 },
        lease: { seconds: 300, heartbeatIntervalSeconds: 101 },
        events: { enabled: "yes" },
        jira: { webhookSecretArn: "https://jira.example.com/hook?token=hush" },
        privacy: { displayNameStrip: "(?=hush)" },
        logLevel: "verbose",
      }),
    ).toEqual({
      stackPrefix: expect.stringContaining("letter"),
      account: expect.stringContaining("12 digits"),
      region: expect.stringContaining("region"),
      "tags.aws:owner": expect.stringContaining("aws:"),
      "tags.cost": expect.stringContaining("text"),
      "license.key.secretArn": expect.stringContaining("complete ARN"),
      "license.file": expect.stringContaining("not both"),
      "license.trustAnchor": "must be certificates in PEM",
      "customDomain.name": expect.stringContaining("without scheme"),
      "customDomain.certificateArn": "is missing",
      "customDomain.basePath": expect.stringContaining("without a slash"),
      "customDomain.hostedZone.id": expect.stringContaining("hosted zone"),
      "customDomain.hostedZone.name": "is missing",
      "throttle.rate": expect.stringContaining("1 to 10000"),
      "throttle.burst": expect.stringContaining("1 to 5000"),
      "concurrency.public": expect.stringContaining("1 to 1000"),
      "concurrency.heartbeat": "is not a known setting",
      "retention.operatorErrorsDays": expect.stringContaining("whole number"),
      "retention.sessionsDays": expect.stringContaining("31"),
      "retention.logsDays": expect.stringContaining("one of"),
      "seats.allowOverages": expect.stringContaining("true or false"),
      "seats.anchorDay": expect.stringContaining("1 to 31"),
      lease: expect.stringContaining("three times"),
      "events.enabled": "must be true or false",
      "jira.webhookSecretArn": expect.stringContaining("complete ARN"),
      "privacy.displayNameStrip": expect.stringContaining("in RE2 syntax"),
      logLevel: expect.stringContaining("debug"),
    });
  });

  it.each([
    { seconds: 86_400, lostAfterSeconds: 86_400 },
    { seconds: 3_600, heartbeatIntervalSeconds: 1_200, lostAfterSeconds: 3_600 },
    { seconds: 7 * 86_400 },
  ])("gives an operator up no sooner than its lease and three heartbeats are over: not %j", (lease) => {
    expect(problemsOf({ lease })).toEqual({ lease: expect.stringContaining("lostAfterSeconds must be longer") });
    expect(problemsOf({ lease: { ...lease, lostAfterSeconds: 14 * 86_400 } })).toEqual({});
  });

  it("refuses every unknown key, at any depth, beside the other problems", () => {
    expect(problemsOf({ licence: {}, logLevel: "loud", retention: { days: 3, weeks: 1, logsDays: 30 } })).toEqual({
      licence: "is not a known setting",
      logLevel: expect.anything(),
      "retention.days": "is not a known setting",
      "retention.weeks": "is not a known setting",
    });
  });

  it.each([[[]], ["text"], [null], [7]])("refuses %j, which is no object", (input) => {
    expect(problemsOf(input)).toEqual({ "": "must be an object" });
  });

  it("refuses a secret, a key or a certificate of another region than the configured one", () => {
    expect(
      problemsOf({
        region: "eu-west-1",
        license: {
          file: { secretArn: SECRET },
          key: {
            secretArn: SECRET.replace("eu-central-1", "eu-west-1"),
            kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/k",
          },
        },
        customDomain: { name: "licenses.example.com", certificateArn: CERTIFICATE },
      }),
    ).toEqual({
      "license.file.secretArn": expect.stringContaining("eu-west-1"),
      "license.key.kmsKeyArn": expect.stringContaining("eu-west-1"),
      "customDomain.certificateArn": expect.stringContaining("eu-west-1"),
    });
  });

  it("never repeats a value, which may be a key or a license that was put in the wrong place", () => {
    const secret = "s3cr3t-k3y";
    const result = parseConfig({
      license: { key: secret, file: { secretArn: secret } },
      account: secret,
      lease: secret,
    });
    if (result.ok) expect.unreachable();
    else {
      expect(result.problems).toHaveLength(4);
      expect(describeProblems(result.problems)).not.toContain(secret);
    }
  });
});

describe("the settings of reports and notifications", () => {
  it("are a schedule, a time zone and a mail address", () => {
    const reports = { schedule: "weekly", timeZone: "America/Argentina/Buenos_Aires" };
    expect(problemsOf({ reports, notifications: { email: "ops@example.com" } })).toEqual({});
    expect(problemsOf({ reports: { schedule: "off" } })).toEqual({});
  });

  it("tell every one of their faults", () => {
    const reports = { schedule: "daily", timeZone: "Berlin" };
    expect(problemsOf({ reports, notifications: { email: "ops at example" } })).toEqual({
      "reports.schedule": "must be weekly, monthly or off",
      "reports.timeZone": expect.stringContaining("IANA"),
      "notifications.email": "must be an e-mail address",
    });
  });

  it.each(["+02:00", "UTC+2", "", 7])("take no time zone that a schedule would not: %j", (timeZone) => {
    expect(Object.keys(problemsOf({ reports: { timeZone } }))).toEqual(["reports.timeZone"]);
  });
});

describe("the configuration file", () => {
  const directory = mkdtempSync(join(tmpdir(), "config-"));
  afterAll(() => rmSync(directory, { recursive: true }));
  const write = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };

  it("is read as JSON", () => {
    expect(loadConfig(write("good.json", '{"logLevel":"warn"}'))).toMatchObject({
      ok: true,
      config: { logLevel: "warn" },
    });
  });

  it("is a problem where it was named and does not exist", () => {
    const path = join(directory, "absent.json");
    const message = `${path} does not exist. Create it, or name another file.`;
    expect(loadConfig(path)).toEqual({ ok: false, problems: [{ path: "", message }] });
  });

  it("is a problem where it is no JSON, of which nothing is repeated", () => {
    const path = write("bad.json", '{"license": s3cr3t}');
    expect(loadConfig(path)).toEqual({ ok: false, problems: [{ path: "", message: `${path} is not valid JSON` }] });
    writeFileSync(path, Buffer.from('{"tags":{"team":"M\xfcller"}}', "latin1"));
    const message = `${path} is not valid UTF-8 at line 1, byte 19`;
    expect(loadConfig(path)).toEqual({ ok: false, problems: [{ path: "", message }] });
  });

  it("of the sample has the defaults, and can be deployed as it is", () => {
    const sample = join(import.meta.dirname, "../../docs/sample-config.json");
    expect(loadConfig(sample)).toEqual(parseConfig({ tags: { team: "platform" } }));
    const { service } = synthesize(JSON.parse(readFileSync(sample, "utf8")));
    expect(Object.values(service.Resources).some(({ Type }) => Type === "AWS::ApiGatewayV2::Api")).toBe(true);
  });

  it("of every example in the documents is valid as it is shown there", () => {
    const shown = ["deploy.md", "events.md"].flatMap((page) => {
      const text = readFileSync(join(import.meta.dirname, "../../docs", page), "utf8").split("<!-- begin")[0] ?? "";
      return [...text.matchAll(/^ *```json\n([\s\S]*?)^ *```|<<'JSON'\n([\s\S]*?)^ *JSON|^ *echo '(\{.*\})'/gm)];
    });
    const examples = shown.map((match) => JSON.parse(match[1] ?? match[2] ?? match[3] ?? ""));
    expect(examples.length).toBeGreaterThan(5);
    for (const example of examples) expect(problemsOf(example)).toEqual({});
  });
});

describe("the network", () => {
  const DOMAIN = { name: "licenses.example.com", certificateArn: CERTIFICATE };
  const VPCE = ["vpce-0123456789abcdef0"];
  const mutualTls = { truststoreUri: "s3://truststore/ca.pem" };

  it("may be any of the three modes, with networks of both families", () => {
    const allowedCidrs = ["10.0.0.0/8", "2001:db8::/32"];
    for (const network of [
      { allowedCidrs },
      { mode: "private", vpcEndpointIds: VPCE, allowedCidrs, accessLogs: true },
      { mode: "both", vpcEndpointIds: VPCE },
    ])
      expect(problemsOf({ network })).toEqual({});
    expect(problemsOf({ publicUrl: "https://licenses.example.com/mirrord" })).toEqual({});
    expect(
      problemsOf({ customDomain: { ...DOMAIN, mutualTls }, network: { mode: "both", vpcEndpointIds: VPCE } }),
    ).toEqual({});
  });

  it.each(["10.0.0.0", "10.0.0.0/33", "2001:db8::/129", "10.0.0/8", "fe80::1%eth0/64", "10.0.0.0/8/8", "10.0.0.0/x"])(
    "is not %s",
    (cidr) => {
      expect(problemsOf({ network: { allowedCidrs: [cidr] } })).toEqual({
        "network.allowedCidrs.0": "must be a network, as 10.0.0.0/8 or 2001:db8::/32",
      });
    },
  );

  it("has endpoints if it is private, and only then", () => {
    const message = "needs vpcEndpointIds with the mode private or both, and accepts none with public";
    for (const network of [{ mode: "private" }, { mode: "both" }, { vpcEndpointIds: VPCE }])
      expect(problemsOf({ network })).toEqual({ network: message });
    expect(problemsOf({ network: { accessLogs: true } })).toEqual({
      network: "accepts accessLogs with the private API only",
    });
  });

  it("has subnets and security groups together, and only for the reports to Jira", () => {
    const jira = { webhookSecretArn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:jira-AbC123" };
    const [subnetIds, securityGroupIds] = [["subnet-0123456789abcdef0"], ["sg-0123456789abcdef0"]];
    expect(problemsOf({ jira, network: { subnetIds, securityGroupIds } })).toEqual({});
    for (const network of [{ subnetIds }, { securityGroupIds }])
      expect(problemsOf({ jira, network })).toEqual({ network: "needs subnetIds and securityGroupIds together" });
    expect(problemsOf({ network: { subnetIds, securityGroupIds } })).toEqual({
      network: "has subnetIds, which only the function of jira uses: no other function calls anything outside of AWS",
    });
    expect(problemsOf({ jira, network: { subnetIds: ["vpc-1"], securityGroupIds: ["default"] } })).toEqual({
      "network.subnetIds.0": "must be the id of a subnet",
      "network.securityGroupIds.0": "must be the id of a security group",
    });
  });

  it("asks for client certificates only where there is no way around them", () => {
    expect(problemsOf({ customDomain: { ...DOMAIN, mutualTls, keepDefaultEndpoint: true } })).toEqual({
      customDomain: "accepts mutualTls or keepDefaultEndpoint, not both: the AWS host name asks for no certificate",
    });
    expect(
      problemsOf({ customDomain: { ...DOMAIN, mutualTls }, network: { mode: "private", vpcEndpointIds: VPCE } }),
    ).toEqual({ customDomain: "belongs to the public API, which the mode private does not have" });
  });

  it("fits into the environment of a function, together with the trust anchor", async () => {
    const { pem } = await mintAuthority({ notBefore: 0, notAfter: 1_000 });
    const allowedCidrs = Array.from({ length: 190 }, (_, n) => `10.${n}.0.0/16`);
    expect(problemsOf({ network: { allowedCidrs } })).toEqual({});
    expect(problemsOf({ network: { allowedCidrs }, license: { trustAnchor: pem } })).toEqual({
      network: expect.stringContaining("2560 characters"),
    });
  });

  it("is reached under a URL without a slash at its end", () => {
    for (const publicUrl of ["http://a.example.com", "https://a.example.com/", "a.example.com", "https://A_b"])
      expect(problemsOf({ publicUrl })).toEqual({ publicUrl: expect.stringContaining("https://") });
  });
});

describe("the region", () => {
  it.each(["eu-central-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1", "us-iso-east-1"])("may be %s", (region) => {
    expect(problemsOf({ region })).toEqual({});
  });

  it("cannot have events where there are no EventBridge Pipes", () => {
    const jira = { webhookSecretArn: "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:jira-AbC123" };
    for (const settings of [{ events: { enabled: true } }, { jira }])
      expect(problemsOf({ region: "us-gov-west-1", ...settings })).toEqual({
        region: "has no EventBridge Pipes, which events and jira need: turn both off",
      });
  });
});

describe("the trust anchor", () => {
  const lifetime = { notBefore: 0, notAfter: 1_000 };
  const faultOf = (trustAnchor: unknown): string | undefined =>
    problemsOf({ license: { trustAnchor } })["license.trustAnchor"];

  it("is certificates of authorities, no larger than a function's environment can hold", async () => {
    const { pem } = await mintAuthority(lifetime);
    expect(faultOf(pem)).toBeUndefined();
    expect(faultOf(pem.repeat(2))).toBeUndefined();
    expect(faultOf(pem.repeat(8))).toBe("must have at most 2560 characters");
    expect(faultOf((await mintAuthority({ ...lifetime, ca: false })).pem)).toContain("authorities");
    expect(faultOf(7)).toBe("must be text: certificates in PEM");
  });

  it("must not bring a private key, which would stand in a template for all to read", async () => {
    const { pem } = await mintAuthority(lifetime);
    const key = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const result = parseConfig({ license: { trustAnchor: pem + key } });
    if (result.ok) expect.unreachable();
    else
      expect(describeProblems(result.problems)).toBe(
        "The deploy configuration has problems:\n  license.trustAnchor: must not contain a private key",
      );
  });
});
