import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { executionPolicies, executionPolicyText, PARTS, type Policy } from "../../tools/execution-policy/policy.ts";
import { RIGHTS } from "../../tools/execution-policy/rights.ts";
import { mintAuthority } from "../../tools/mint/authority.ts";
import { configurations } from "../../tools/verify/templates/configurations.ts";
import { allows } from "../support/deployed/policies.ts";
import { synthesize, type Template } from "./synth.ts";

const { pem } = await mintAuthority({ notBefore: 0, notAfter: 1_000 });
const PREFIX = "LicenseServer";

/** The resources of all configurations, with the prefix of their stacks. */
const resources = Object.values(configurations(pem)).flatMap((config) => {
  const { data, service } = synthesize(config);
  const own = "stackPrefix" in config ? config.stackPrefix : PREFIX;
  const of = (stack: string, { Resources }: Template) =>
    Object.entries(Resources).map(([id, { Type, Properties }]) => ({ own, stack, id, Type, Properties }));
  return [...of("Data", data), ...of("Service", service)];
});
const types = [...new Set(resources.map(({ Type }) => Type))].sort();

const permissionsOf = (policy: Policy) =>
  policy.Statement.flatMap(({ Action, Resource }) =>
    Action.flatMap((action) => Resource.map((resource) => ({ action, resource }))),
  );
const policies = executionPolicies(Object.keys(RIGHTS));
const permissions = PARTS.flatMap((part) => permissionsOf(policies[part]));

/** The ARN that CloudFormation gives a resource: from its name if it has one, else from the stack and the logical id. */
const arnOf = ({ own, stack, id, Type, Properties = {} }: (typeof resources)[number], prefix = PREFIX): string => {
  const here = "eu-central-1:123456789012";
  const generated = `${prefix}-${stack}-${id}-1A2B3C`;
  const name = (key: string) => String(Properties[key] ?? generated).replace(own, prefix);
  switch (Type) {
    case "AWS::DynamoDB::GlobalTable":
      return `arn:aws:dynamodb:${here}:table/${generated}`;
    case "AWS::S3::Bucket":
    case "AWS::S3::BucketPolicy":
      return `arn:aws:s3:::${generated.toLowerCase()}`;
    case "AWS::SNS::Topic":
    case "AWS::SNS::TopicPolicy":
    case "AWS::SNS::Subscription":
      return `arn:aws:sns:${here}:${generated}`;
    case "AWS::SecretsManager::Secret":
      return `arn:aws:secretsmanager:${here}:secret:${id}-1A2B3C-xyz123`;
    case "AWS::Events::EventBus":
      return `arn:aws:events:${here}:event-bus/${name("Name")}`;
    case "AWS::Events::Rule":
      return `arn:aws:events:${here}:rule/${PREFIX}DataEvents1/${generated}`;
    case "AWS::IAM::Role":
    case "AWS::IAM::Policy":
      return `arn:aws:iam::123456789012:role/${generated}`;
    case "AWS::Lambda::Function":
    case "AWS::Lambda::Permission":
      return `arn:aws:lambda:${here}:function:${generated}`;
    case "AWS::Lambda::EventSourceMapping":
      return `arn:aws:lambda:${here}:event-source-mapping:1b2c`;
    case "AWS::Logs::LogGroup":
      return `arn:aws:logs:${here}:log-group:${name("LogGroupName")}`;
    case "AWS::Pipes::Pipe":
      return `arn:aws:pipes:${here}:pipe/${id}-1A2B3C`;
    case "AWS::SQS::Queue":
    case "AWS::SQS::QueuePolicy":
      return `arn:aws:sqs:${here}:${generated}`;
    case "AWS::Scheduler::Schedule":
      return `arn:aws:scheduler:${here}:schedule/default/${generated}`;
    case "AWS::CloudWatch::Alarm":
      return `arn:aws:cloudwatch:${here}:alarm:${name("AlarmName")}`;
    case "AWS::CloudWatch::Dashboard":
      return `arn:aws:cloudwatch::123456789012:dashboard/${name("DashboardName")}`;
    case "AWS::Route53::RecordSet":
      return "arn:aws:route53:::hostedzone/Z123";
    case "AWS::ApiGateway::RestApi":
    case "AWS::ApiGateway::Deployment":
    case "AWS::ApiGateway::Method":
    case "AWS::ApiGateway::Resource":
    case "AWS::ApiGateway::Stage":
      return "arn:aws:apigateway:eu-central-1::/restapis/a1b2c3";
    case "AWS::ApiGatewayV2::DomainName":
    case "AWS::ApiGatewayV2::ApiMapping":
      return "arn:aws:apigateway:eu-central-1::/domainnames/licenses.example.com";
    default:
      if (Type.startsWith("AWS::ApiGatewayV2::")) return "arn:aws:apigateway:eu-central-1::/apis/a1b2c3";
      throw new Error(`no ARN is known for ${Type}`);
  }
};

describe("the execution policy for CloudFormation", () => {
  it("has the rights for exactly the resource types of the templates", () => {
    expect(Object.keys(RIGHTS).sort()).toEqual(types);
  });

  it("allows each action on each resource that the templates make", () => {
    const refused = resources.flatMap((resource) =>
      (RIGHTS[resource.Type]?.actions ?? [])
        .filter((action) => !allows(permissions, { action, resource: arnOf(resource) }))
        .map((action) => `${action} ${arnOf(resource)}`),
    );
    expect([...new Set(refused)]).toEqual([]);
    expect(resources.length).toBeGreaterThan(1_000);
  });

  it("allows to create, read, change and delete each kind of resource", () => {
    for (const [type, { actions }] of Object.entries(RIGHTS))
      for (const verb of type === "AWS::Lambda::EventSourceMapping" ? VERBS.slice(1) : VERBS)
        expect(
          actions.some((action) => verb.test(action)),
          `${type} ${verb}`,
        ).toBe(true);
    expect(permissions.map(({ action }) => action)).toContain("lambda:CreateEventSourceMapping");
  });

  it("allows nothing on the resources of another application, where they have names of their own", () => {
    const NAMED = ["DynamoDB", "S3", "SNS", "IAM", "SQS", "Scheduler", "Logs", "Lambda::Function", "CloudWatch::Alarm"];
    const foreign = resources.filter(({ Type }) => NAMED.some((name) => Type.startsWith(`AWS::${name}`)));
    expect(foreign.length).toBeGreaterThan(100);
    const own = permissions.filter(
      ({ action }) => !/^logs:|:GetParameters$/.test(action) || !action.includes("Delivery"),
    );
    for (const resource of foreign)
      for (const action of RIGHTS[resource.Type]?.actions ?? [])
        expect(allows(own, { action, resource: arnOf(resource, "Other") }), `${action} ${resource.id}`).toBe(false);
  });

  it("passes roles to the services of the templates only, and names every action", () => {
    const pass = policies.service.Statement.find(({ Action }) => Action.includes("iam:PassRole"));
    const trusted = resources.flatMap(({ Type, Properties }) =>
      Type === "AWS::IAM::Role"
        ? [...JSON.stringify(Properties["AssumeRolePolicyDocument"]).matchAll(/"Service":"([^"]+)"/g)].map(
            ([, name]) => name,
          )
        : [],
    );
    expect(pass?.Condition).toEqual({ StringEquals: { "iam:PassedToService": [...new Set(trusted)].sort() } });
    expect(permissions.filter(({ action }) => action.includes("*"))).toEqual([]);
  });

  it.each(PARTS)("is written to docs, its part %s, no longer than IAM accepts", (part) => {
    const text = readFileSync(new URL(`../../docs/execution-policy/${part}.json`, import.meta.url), "utf8");
    expect(text).toBe(executionPolicyText(part));
    expect(JSON.stringify(policies[part]).length).toBeLessThanOrEqual(6_144);
  });
});

const VERBS = [
  /:(Create|Put|POST|Add|Subscribe|Set|Change)/,
  /:(Get|Describe|List|GET)/,
  /:(Update|Put|PATCH|Add|Set|Change|TagResource)/,
  /:(Delete|DELETE|Remove|Unsubscribe|Set|Change)/,
];
