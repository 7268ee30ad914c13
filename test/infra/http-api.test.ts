import { describe, expect, it } from "vitest";
import { gatewayRoutes } from "../../infra/gateway-routes.ts";
import type { FunctionName } from "../../shared/contract/functions.ts";
import { methodsOf } from "../../shared/contract/match-route.ts";
import { apiGatewayPath, FALLBACK_FUNCTION, ROUTES, type Route } from "../../shared/contract/routes.ts";
import { functionOf, onlyResource, resourcesOf, synthesize } from "./synth.ts";

const CUSTOM_DOMAIN = {
  name: "licenses.example.com",
  certificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/c",
};

const plain = synthesize();
const full = synthesize({
  customDomain: { ...CUSTOM_DOMAIN, hostedZone: { id: "Z123", name: "example.com" }, basePath: "mirrord" },
  throttle: { rate: 7, burst: 11 },
  retention: { logsDays: 90 },
});

describe("the HTTP API", () => {
  const api = onlyResource(plain.service, "AWS::ApiGatewayV2::Api");

  /** Route key -> id of the function behind it. */
  const targets = Object.fromEntries(
    resourcesOf(plain.service, "AWS::ApiGatewayV2::Route").map(([, { Properties }]) => {
      const { "Fn::Join": join } = Properties["Target"] as { "Fn::Join": [string, [string, { Ref: string }]] };
      const integration = plain.service.Resources[join[1][1].Ref]?.Properties ?? {};
      expect(integration["PayloadFormatVersion"]).toBe("2.0");
      return [Properties["RouteKey"], (integration["IntegrationUri"] as { "Fn::GetAtt": string[] })["Fn::GetAtt"][0]];
    }),
  );

  it("has the routes of the contract, each leading to its function, and a fallback for the rest", () => {
    const expected = ROUTES.flatMap((route) =>
      methodsOf(route).map((method) => [
        `${method} ${apiGatewayPath(route)}`,
        functionOf(plain.service, route.function).id,
      ]),
    );
    expect(expected.map(([key]) => key)).toContain("HEAD /health");
    expect(targets).toEqual({
      ...Object.fromEntries(expected),
      $default: functionOf(plain.service, FALLBACK_FUNCTION).id,
    });
  });

  it("may invoke each function only for routes that lead to it", () => {
    const permissions = resourcesOf(plain.service, "AWS::Lambda::Permission").map(([, { Properties }]) => {
      const { "Fn::Join": arn } = Properties["SourceArn"] as { "Fn::Join": [string, (string | { Ref: string })[]] };
      expect(arn[1]).toContainEqual({ Ref: api.id });
      return [(Properties["FunctionName"] as { "Fn::GetAtt": string[] })["Fn::GetAtt"][0], arn[1].at(-1)].join(" ");
    });
    const expected = Object.entries(targets).map(([key, id]) => `${id} /*/*${key.split(" ")[1] ?? ""}`);
    expect(new Set(permissions)).toEqual(new Set(expected));
  });

  it("serves at its root, throttled as configured", () => {
    expect(onlyResource(full.service, "AWS::ApiGatewayV2::Stage").Properties).toMatchObject({
      StageName: "$default",
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 11 },
    });
  });

  // The others need a credential, or are the public keys, which all operators may fetch at once.
  it("has small limits for each route that needs no credential, and for unknown ones", () => {
    const limitsOf = ({ service }: typeof plain) => onlyResource(service, "AWS::ApiGatewayV2::Stage");
    const limits = { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 100 };
    const open = ["/", "/dashboard", "/health", "/openapi.json"].flatMap((path) => [`GET ${path}`, `HEAD ${path}`]);
    const { Properties, ...stage } = limitsOf(plain);
    expect(Properties["RouteSettings"]).toEqual(Object.fromEntries(["$default", ...open].map((key) => [key, limits])));
    expect(limitsOf(full).Properties["RouteSettings"]).toMatchObject({ $default: { ThrottlingRateLimit: 7 } });
    // API Gateway refuses the settings of a route that is not there yet.
    const keys = (stage as unknown as { DependsOn: string[] }).DependsOn.map(
      (id) => plain.service.Resources[id]?.Properties["RouteKey"],
    );
    expect(keys).toEqual(expect.arrayContaining(Object.keys(Properties["RouteSettings"] as object)));
  });

  it("logs to a group that needs no entry in the account's policy for logs, and keeps the group that it replaces", () => {
    const group = resourcesOf(plain.service, "AWS::Logs::LogGroup").find(([id]) => id.startsWith("HttpAccessLog"))?.[1];
    expect(group?.Properties["LogGroupName"]).toBe("/aws/vendedlogs/LicenseServer-Service/http");
    expect(group).toMatchObject({ DeletionPolicy: "Delete", UpdateReplacePolicy: "Retain" });
  });

  it("logs each call as JSON, without any header, and keeps that as long as configured", () => {
    const { AccessLogSettings } = onlyResource(full.service, "AWS::ApiGatewayV2::Stage").Properties;
    const { DestinationArn, Format } = AccessLogSettings as {
      DestinationArn: { "Fn::GetAtt": [string, string] };
      Format: string;
    };
    expect(JSON.parse(Format)).toMatchObject({ requestId: "$context.requestId", status: "$context.status" });
    expect(Format).not.toMatch(/header|authori[sz]/i);
    const group = full.service.Resources[DestinationArn["Fn::GetAtt"][0]];
    expect(group?.Properties["RetentionInDays"]).toBe(90);
  });

  it("answers under its AWS host name, which is its URL, where it has no other", () => {
    expect(api.Properties["DisableExecuteApiEndpoint"]).toBe(false);
    expect(plain.service.Outputs["ApiUrl"]?.Value).toEqual({ "Fn::GetAtt": [api.id, "ApiEndpoint"] });
    expect(resourcesOf(plain.service, "AWS::ApiGatewayV2::DomainName")).toEqual([]);
  });
});

describe("a custom domain", () => {
  const domain = onlyResource(full.service, "AWS::ApiGatewayV2::DomainName");

  it("takes TLS 1.2 and later, with the configured certificate", () => {
    expect(domain.Properties).toMatchObject({
      DomainName: "licenses.example.com",
      DomainNameConfigurations: [
        {
          CertificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/c",
          EndpointType: "REGIONAL",
          SecurityPolicy: "TLS_1_2",
        },
      ],
    });
  });

  it("leads to the API under its base path, and is the only way in", () => {
    expect(onlyResource(full.service, "AWS::ApiGatewayV2::ApiMapping").Properties).toMatchObject({
      ApiMappingKey: "mirrord",
      DomainName: { Ref: domain.id },
      ApiId: { Ref: onlyResource(full.service, "AWS::ApiGatewayV2::Api").id },
      Stage: "$default",
    });
    expect(onlyResource(full.service, "AWS::ApiGatewayV2::Api").Properties["DisableExecuteApiEndpoint"]).toBe(true);
    expect(full.service.Outputs["ApiUrl"]?.Value).toBe("https://licenses.example.com/mirrord");
  });

  it("can leave the AWS host name on while operators move to the new name", () => {
    const { service } = synthesize({ customDomain: { ...CUSTOM_DOMAIN, keepDefaultEndpoint: true } });
    expect(onlyResource(service, "AWS::ApiGatewayV2::Api").Properties["DisableExecuteApiEndpoint"]).toBe(false);
    expect(service.Outputs["ApiUrl"]?.Value).toBe("https://licenses.example.com");
  });

  it("gets its DNS record where the hosted zone is configured, and the record's target as an output in any case", () => {
    const regionalName = { "Fn::GetAtt": [domain.id, "RegionalDomainName"] };
    expect(onlyResource(full.service, "AWS::Route53::RecordSet").Properties).toMatchObject({
      Name: "licenses.example.com.",
      Type: "A",
      HostedZoneId: "Z123",
      AliasTarget: { DNSName: regionalName },
    });
    expect(full.service.Outputs["DomainTarget"]?.Value).toEqual(regionalName);
  });

  it("serves at its root without a base path, and leaves DNS alone without a hosted zone", () => {
    const { service } = synthesize({ customDomain: CUSTOM_DOMAIN });
    expect(onlyResource(service, "AWS::ApiGatewayV2::ApiMapping").Properties).not.toHaveProperty("ApiMappingKey");
    expect(service.Outputs["ApiUrl"]?.Value).toBe("https://licenses.example.com");
    expect(resourcesOf(service, "AWS::Route53::RecordSet")).toEqual([]);
  });
});

describe("routes that fall together at the gateway", () => {
  const route = (path: string, name: FunctionName, auth: Route["auth"]): Route => ({
    name: path,
    method: "POST",
    path,
    function: name,
    auth,
  });

  it("become one, open only if all of them are", () => {
    expect(gatewayRoutes([route("/a/{id}/x", "admin", []), route("/a/{id}/y", "admin", ["key"])])).toEqual([
      { method: "POST", path: "/a/{proxy+}", function: "admin", open: false },
    ]);
  });

  it("are refused where they belong to different functions", () => {
    expect(() => gatewayRoutes([route("/a/{id}/x", "admin", []), route("/a/{id}/y", "reports", [])])).toThrow(
      "POST /a/{proxy+} would lead to two functions, admin and reports; give both routes to one",
    );
  });
});
