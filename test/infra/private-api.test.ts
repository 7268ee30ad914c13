import { describe, expect, it } from "vitest";
import { gatewayRoutes } from "../../infra/gateway-routes.ts";
import { FALLBACK_FUNCTION, ROUTES } from "../../shared/contract/routes.ts";
import { type PolicyDocument, type RequestContext, verdictOf } from "../support/deployed/resource-policy.ts";
import { functionOf, onlyResource, resourcesOf, synthesize, type Template } from "./synth.ts";

const ENDPOINT = "vpce-0123456789abcdef0";
const NETWORK = { mode: "private", vpcEndpointIds: [ENDPOINT], allowedCidrs: ["10.1.0.0/16", "fd00:1::/32"] };

const { service } = synthesize({ network: NETWORK });
const both = synthesize({ network: { mode: "both", vpcEndpointIds: [ENDPOINT], accessLogs: true } }).service;

const pathOf = (template: Template, id: string): string => {
  const properties = template.Resources[id]?.Properties ?? {};
  const { Ref: parent } = properties["ParentId"] as { Ref?: string };
  return `${parent === undefined ? "" : pathOf(template, parent)}/${properties["PathPart"]}`;
};

/** `METHOD /path` -> id of the function behind it. */
const targetsIn = (template: Template): Record<string, string> =>
  Object.fromEntries(
    resourcesOf(template, "AWS::ApiGateway::Method").map(([, { Properties }]) => {
      const { Uri } = Properties["Integration"] as { Uri: { "Fn::Join": [string, unknown[]] } };
      const target = Uri["Fn::Join"][1].find(
        (part) => typeof part === "object" && part !== null && "Fn::GetAtt" in part,
      );
      const { Ref: resource } = Properties["ResourceId"] as { Ref?: string };
      const path = resource === undefined ? "/" : pathOf(template, resource);
      return [`${Properties["HttpMethod"]} ${path}`, (target as { "Fn::GetAtt": [string] })["Fn::GetAtt"][0]];
    }),
  );

describe("the private API", () => {
  it("has the routes of the contract, each leading to its function", () => {
    const targets = targetsIn(service);
    for (const { method, path, function: name } of gatewayRoutes(ROUTES))
      expect(targets[`${method} ${path}`], `${method} ${path}`).toBe(functionOf(service, name).id);
  });

  it("leads every other path and method to the fallback, which answers 404 and 405", () => {
    const fallback = functionOf(service, FALLBACK_FUNCTION).id;
    const targets = targetsIn(service);
    const paths = ["/", ...resourcesOf(service, "AWS::ApiGateway::Resource").map(([id]) => pathOf(service, id))];
    expect(paths).toContain("/{proxy+}");
    for (const path of paths) expect(targets[`ANY ${path}`], path).toBe(fallback);
  });

  it("is private, reached through the configured endpoints, and the only front", () => {
    expect(onlyResource(service, "AWS::ApiGateway::RestApi").Properties["EndpointConfiguration"]).toEqual({
      Types: ["PRIVATE"],
      VpcEndpointIds: [ENDPOINT],
    });
    expect(resourcesOf(service, "AWS::ApiGatewayV2::Api")).toEqual([]);
    const url = JSON.stringify(service.Outputs["ApiUrl"]?.Value);
    expect(url).toContain(`-${ENDPOINT}.execute-api.`);
    expect(url).toContain("/v1");
  });

  it("stands beside the public one over the same functions, if both are wanted", () => {
    expect(resourcesOf(both, "AWS::ApiGatewayV2::Api")).toHaveLength(1);
    expect(resourcesOf(both, "AWS::ApiGateway::RestApi")).toHaveLength(1);
    expect(resourcesOf(both, "AWS::Lambda::Function")).toHaveLength(
      resourcesOf(service, "AWS::Lambda::Function").length,
    );
    expect(both.Outputs["ApiUrl"]?.Value).toEqual({ "Fn::GetAtt": [expect.any(String), "ApiEndpoint"] });
    expect(JSON.stringify(both.Outputs["PrivateApiUrl"])).toContain(ENDPOINT);
    // CloudFormation allows 500 (CloudFormation quotas).
    expect(Object.keys(both.Resources).length).toBeLessThan(450);
  });

  it("takes bodies as bytes, and has the limits of the public API", () => {
    expect(onlyResource(service, "AWS::ApiGateway::RestApi").Properties["BinaryMediaTypes"]).toEqual(["*/*"]);
    const { MethodSettings } = onlyResource(service, "AWS::ApiGateway::Stage").Properties;
    const limits = (ResourcePath: string, HttpMethod: string, rate: number, burst: number) =>
      expect.objectContaining({ ResourcePath, HttpMethod, ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst });
    expect(MethodSettings).toContainEqual(limits("/*", "*", 100, 1_000));
    expect(MethodSettings).toContainEqual(limits("/~1health", "GET", 20, 100));
  });

  it("logs its calls only if asked, and never makes the role of the account for it", () => {
    const logOf = (template: Template) =>
      onlyResource(template, "AWS::ApiGateway::Stage").Properties["AccessLogSetting"] as { Format: string } | undefined;
    expect(logOf(service)).toBeUndefined();
    expect(JSON.parse(logOf(both)?.Format ?? "")).toMatchObject({ vpce: "$context.identity.vpceId" });
    expect(logOf(both)?.Format).not.toMatch(/header|authori[sz]/i);
    for (const template of [service, both]) expect(resourcesOf(template, "AWS::ApiGateway::Account")).toEqual([]);
  });

  it("may invoke functions from this API alone, each by one permission", () => {
    const api = onlyResource(service, "AWS::ApiGateway::RestApi").id;
    const permissions = resourcesOf(service, "AWS::Lambda::Permission").map(([, { Properties }]) => Properties);
    expect(permissions).toHaveLength(new Set(Object.values(targetsIn(service))).size);
    for (const { Principal, SourceArn, SourceAccount } of permissions) {
      expect(Principal).toBe("apigateway.amazonaws.com");
      expect(JSON.stringify(SourceArn)).toContain(`{"Ref":"${api}"}`);
      expect(SourceAccount).toEqual({ Ref: "AWS::AccountId" });
    }
  });

  it("is deployed again when its policy changes: API Gateway uses a policy from the next deployment on", () => {
    const deploymentOf = (network: object) =>
      onlyResource(synthesize({ network }).service, "AWS::ApiGateway::Deployment").id;
    expect(deploymentOf({ ...NETWORK, allowedCidrs: ["10.2.0.0/16"] })).not.toBe(deploymentOf(NETWORK));
  });
});

describe("the resource policy of the private API", () => {
  const policy = onlyResource(service, "AWS::ApiGateway::RestApi").Properties["Policy"] as PolicyDocument;
  const INSIDE: RequestContext = {
    "aws:SourceVpce": ENDPOINT,
    "aws:VpcSourceIp": "10.1.2.3",
    "aws:SourceAccount": "123456789012",
  };
  const verdict = (changes: RequestContext, document = policy) =>
    verdictOf(
      document,
      { action: "execute-api:Invoke", resource: "execute-api:/v1/GET/health" },
      { ...INSIDE, ...changes },
    );

  it("allows a request through the endpoint from an allowed network", () => {
    expect(verdict({})).toBe("Allow");
    expect(verdict({ "aws:VpcSourceIp": "fd00:1::7" })).toBe("Allow");
  });

  it.each<[string, RequestContext]>([
    ["another endpoint", { "aws:SourceVpce": "vpce-0fedcba9876543210" }],
    ["no endpoint", { "aws:SourceVpce": undefined }],
    ["a public address", { "aws:SourceVpce": undefined, "aws:VpcSourceIp": undefined, "aws:SourceIp": "10.1.2.3" }],
    [
      "the endpoint of another account",
      { "aws:SourceVpce": "vpce-0aaaaaaaaaaaaaaaa", "aws:SourceAccount": "999999999999" },
    ],
    ["another network", { "aws:VpcSourceIp": "10.2.0.1" }],
    ["another network of IPv6", { "aws:VpcSourceIp": "fd00:2::1" }],
  ])("denies %s", (_what, changes) => {
    expect(verdict(changes)).toBe("Deny");
  });

  it("asks for the endpoint alone, if no networks are configured", () => {
    const open = onlyResource(both, "AWS::ApiGateway::RestApi").Properties["Policy"] as PolicyDocument;
    expect(verdict({ "aws:VpcSourceIp": "172.16.0.1" }, open)).toBe("Allow");
    expect(verdict({ "aws:SourceVpce": undefined }, open)).toBe("Deny");
  });
});
