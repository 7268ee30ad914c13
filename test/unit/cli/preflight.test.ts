import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../infra/config.ts";
import { CliError, EXIT } from "../../../tools/cli/exit.ts";
import { preflightChecks } from "../../../tools/cli/preflight/checks.ts";

/** The answers of an account in which everything can be deployed, by service and operation. */
const ACCOUNT: Record<string, unknown> = {
  "sts get-caller-identity": { Account: "123456789012" },
  "lambda get-account-settings": { AccountLimit: { ConcurrentExecutions: 1_000 } },
  "apigateway get-account": { throttleSettings: { burstLimit: 5_000, rateLimit: 10_000 } },
  "logs describe-resource-policies": { resourcePolicies: [] },
  "route53 list-resource-record-sets": { ResourceRecordSets: [] },
  "ec2 describe-vpc-endpoints": { VpcEndpoints: [] },
};

/** What is found with a configuration in an account with other answers: names of good checks, all else with its words. */
const found = async (
  config: object,
  answers: Record<string, unknown> = {},
  region: string | undefined = "eu-central-1",
): Promise<string[]> => {
  const parsed = parseConfig(config);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const ask = async (service: string, operation: string): Promise<unknown> => {
    const answer = { ...ACCOUNT, ...answers }[`${service} ${operation}`];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const checks = await preflightChecks(parsed.config, { region, ask });
  return checks.map(({ result, name, found: words }) => (result === "ok" ? name : `${result} ${name}: ${words}`));
};

const ENDPOINT = {
  VpcEndpointId: "vpce-0123456789abcdef0",
  VpcId: "vpc-1",
  ServiceName: "com.amazonaws.eu-central-1.execute-api",
  State: "available",
};
const S3 = { ...ENDPOINT, VpcEndpointId: "vpce-1", ServiceName: "com.amazonaws.eu-central-1.s3" };
const PRIVATE = { network: { mode: "private", vpcEndpointIds: [ENDPOINT.VpcEndpointId], accessLogs: true } };
const ROLE = { cloudwatchRoleArn: "arn:aws:iam::123456789012:role/api-logs" };
const DOMAIN = {
  customDomain: {
    name: "licenses.example.com",
    certificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555",
    hostedZone: { id: "Z123", name: "example.com" },
  },
};
const recordTo = (target: object) => ({
  "route53 list-resource-record-sets": {
    ResourceRecordSets: [{ Name: "licenses.example.com.", Type: "A", ...target }],
  },
});
const policies = (...documents: string[]) => ({
  "logs describe-resource-policies": {
    resourcePolicies: documents.map((policyDocument, place) => ({
      policyName: place === 0 ? "AWSLogDeliveryWrite20150319" : `Other${place}`,
      policyDocument,
    })),
  },
});

describe("the preflight of a deployment", () => {
  it("finds nothing in an account that has room", async () => {
    expect(await found({})).toEqual(["account", "region", "lambda", "api", "log policy"]);
    expect(await found(DOMAIN)).toContain("dns");
    expect(
      await found(PRIVATE, {
        "apigateway get-account": ROLE,
        "ec2 describe-vpc-endpoints": { VpcEndpoints: [ENDPOINT, S3] },
      }),
    ).toEqual(["account", "region", "lambda", "endpoint", "s3", "log role"]);
  });

  it("stops where account or region are not those of the configuration", async () => {
    expect(await found({ account: "210987654321" })).toEqual([
      "fail account: the credentials are for 123456789012, the configuration for 210987654321",
      "region",
    ]);
    const nowhere = parseConfig({});
    if (!nowhere.ok) throw new Error("the default is valid");
    const ask = async () => ({});
    expect(await preflightChecks(nowhere.config, { region: undefined, ask })).toMatchObject([
      { name: "region", result: "fail" },
    ]);
  });

  it.each(["us-gov-west-1", "cn-north-1", "eusc-de-east-1"])("warns of %s, where nothing was tried", async (region) => {
    expect(await found({}, {}, region)).toContain(`warn region: ${region} is untried`);
  });

  it.each([
    [{}, 10, "warn lambda: 10 calls at once in the whole account"],
    [
      { concurrency: { public: 10 } },
      100,
      "fail lambda: 100 calls at once in the whole account, 10 of them in concurrency",
    ],
    [{ concurrency: { public: 10 } }, 110, "lambda"],
  ])("compares the concurrency of Lambda with %j: %i", async (config, limit, words) => {
    const answer = { AccountLimit: { ConcurrentExecutions: limit } };
    expect(await found(config, { "lambda get-account-settings": answer })).toContain(words);
  });

  it("compares the throttle with the limits of API Gateway", async () => {
    const small = { "apigateway get-account": { throttleSettings: { burstLimit: 1_250, rateLimit: 2_500 } } };
    expect(await found({}, small)).toContain("api");
    expect(await found({ throttle: { burst: 2_000 } }, small)).toContain(
      "fail api: 2500 requests a second and 1250 at once in the whole account",
    );
  });

  it.each([
    [
      "leads elsewhere",
      { AliasTarget: { DNSName: "other.example.com." } },
      "fail dns: licenses.example.com has a record of type A",
    ],
    ["is an address", {}, "fail dns: licenses.example.com has a record of type A"],
    ["leads to the API", { AliasTarget: { DNSName: "d-abc.execute-api.eu-central-1.amazonaws.com." } }, "dns"],
  ])("looks whether the record of the custom domain %s", async (_, target, words) => {
    expect(await found(DOMAIN, recordTo(target))).toContain(words);
  });

  it.each([
    ["a short policy", policies("x".repeat(400)), "log policy"],
    ["a long policy", policies("x".repeat(5_000)), "fail log policy: 5000 of 5120 characters"],
    ["a long policy with all vended logs", policies(`${"x".repeat(5_000)}/aws/vendedlogs/*`), "log policy"],
    [
      "ten other policies",
      {
        "logs describe-resource-policies": {
          resourcePolicies: Array.from({ length: 10 }, () => ({ policyName: "Other", policyDocument: "{}" })),
        },
      },
      "fail log policy: all 10 policies are in use",
    ],
  ])("measures the account's policy for delivered logs: %s", async (_, answers, words) => {
    expect(await found({}, answers)).toContain(words);
  });

  it.each([
    ["no endpoint", { VpcEndpoints: [] }, "warn endpoint: vpce-0123456789abcdef0 is not in this account and region"],
    [
      "an endpoint of another service",
      { VpcEndpoints: [{ ...ENDPOINT, ServiceName: "com.amazonaws.eu-central-1.s3" }] },
      "fail endpoint: vpce-0123456789abcdef0 is for com.amazonaws.eu-central-1.s3",
    ],
    [
      "an endpoint that is not ready",
      { VpcEndpoints: [{ ...ENDPOINT, State: "pending" }] },
      "fail endpoint: vpce-0123456789abcdef0 is pending",
    ],
    ["no endpoint of S3", { VpcEndpoints: [ENDPOINT] }, "warn s3: vpc-1 has no endpoint"],
  ])("finds, for the private API, %s", async (_, answer, words) => {
    expect(await found(PRIVATE, { "ec2 describe-vpc-endpoints": answer })).toContain(words);
  });

  it("finds that API Gateway has no role for the access log", async () => {
    expect(await found(PRIVATE)).toContain("fail log role: API Gateway has no role for logs");
  });

  it("goes on where it may not look", async () => {
    const refused = new CliError(EXIT.denied, "AWS: AccessDenied");
    expect(await found({}, { "logs describe-resource-policies": refused })).toEqual([
      ...["account", "region", "lambda", "api", "warn logs: AWS: AccessDenied"],
    ]);
  });
});
