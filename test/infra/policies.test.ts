import { describe, expect, it } from "vitest";
import { mintAuthority } from "../../tools/mint/authority.ts";
import { configurations } from "../../tools/verify/templates/configurations.ts";
import { physical } from "../support/deployed/physical.ts";
import { type Permission, permissionsOf } from "../support/deployed/policies.ts";
import { type Resource, resourcesOf, synthesize, type Template } from "./synth.ts";

const { pem } = await mintAuthority({ notBefore: 0, notAfter: 1_000 });

/** The resources of both stacks as one template, with every reference followed. */
const deployed = (config: object): Template => {
  const { data, service } = synthesize(config);
  const both = { ...service, Resources: { ...data.Resources, ...service.Resources } };
  const resolve = physical(both, (id) => id);
  const resolved = Object.entries(both.Resources)
    .filter(([, { Type }]) => READ.some((part) => Type.startsWith(part)))
    .map(([id, resource]): [string, Resource] => [
      id,
      // Whom a policy is attached to is told by reference, which is how it is found.
      { ...resource, Properties: { ...(resolve(resource.Properties) as object), Roles: resource.Properties["Roles"] } },
    ]);
  return { ...both, Resources: Object.fromEntries(resolved) };
};

const READ = ["AWS::IAM::", "AWS::Lambda::Permission", "AWS::SQS::QueuePolicy", "AWS::SNS::", "AWS::S3::BucketPolicy"];

/** What stands in a resource in place of a name, and why no narrower one would do. */
const WILDCARDS: readonly { actions: RegExp; resource: RegExp; reason: string }[] = [
  {
    actions: /^s3:(GetObject|PutObject)$/,
    resource: /^arn:aws:s3:::Reports\w+\/(downloads|reports\/usage)\/\*$/,
    reason: "objects have names of their own: what is meant is all below one prefix of one bucket",
  },
  {
    actions: /^logs:(CreateLogStream|PutLogEvents)$/,
    resource: /^arn:aws:logs:eu-central-1:123456789012:log-group:\w+:\*$/,
    reason: "Lambda names the streams: what is meant is all of one log group",
  },
  {
    actions: /^xray:Put(TraceSegments|TelemetryRecords)$/,
    resource: /^\*$/,
    reason: "X-Ray has no resources",
  },
  {
    actions: /^ec2:\w+$/,
    resource: /^\*$/,
    reason: "network interfaces have no name before Lambda creates them",
  },
  {
    actions: /^dynamodb:ListStreams$/,
    resource: /^\*$/,
    reason: "it lists streams and has no resource of its own",
  },
];

/** What a role that AWS itself uses may do, by the service that takes it on: what it is there for. */
const SERVICE_ROLES: Record<string, readonly string[]> = {
  "scheduler.amazonaws.com": ["lambda:InvokeFunction", "sqs:SendMessage"],
  "pipes.amazonaws.com": [
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "events:PutEvents",
    "lambda:InvokeFunction",
    "sqs:SendMessage",
  ],
};

type Statement = { Effect: string; Principal?: unknown; Resource?: unknown; Condition?: Record<string, unknown> };
const statementsOf = (document: unknown): Statement[] => (document as { Statement: Statement[] }).Statement;

const trustOf = (role: Resource | undefined): Statement[] =>
  statementsOf(role?.Properties["AssumeRolePolicyDocument"] ?? { Statement: [] });
const serviceOf = (role: Resource | undefined): string => {
  const [{ Principal } = { Principal: {} }] = trustOf(role);
  return String((Principal as { Service?: string }).Service);
};

const text = ({ action, resource }: Permission): string => `${action} ${resource}`;

describe.each(Object.entries(configurations(pem)))("the roles of the %s configuration", (_name, config) => {
  const template = deployed(config);
  const roles = resourcesOf(template, "AWS::IAM::Role");
  const permissions = roles.flatMap(([id]) => permissionsOf(template, id));

  it("are told what they may do, action by action", () => {
    expect(permissions.length).toBeGreaterThan(50);
    expect(permissions.filter(({ action }) => !/^[a-z0-9]+:[A-Za-z]+$/.test(action)).map(text)).toEqual([]);
  });

  it("are told on what, by an exact ARN, or by one of the wildcards named here", () => {
    const wide = permissions.filter(({ resource }) => !/^arn:aws:[a-z0-9]+:[a-z0-9-]*:\d*:[^*?]+$/.test(resource));
    const known = ({ action, resource }: Permission) =>
      WILDCARDS.some((wildcard) => wildcard.actions.test(action) && wildcard.resource.test(resource));
    expect(wide.filter((permission) => !known(permission)).map(text)).toEqual([]);
    const used = WILDCARDS.filter(({ actions }) => permissions.some(({ action }) => actions.test(action)));
    for (const { actions, resource } of used)
      expect(wide.some((one) => actions.test(one.action) && resource.test(one.resource))).toBe(true);
  });

  it("may use a key only where a service asks: Secrets Manager, or with a key for everything, each that stores something", () => {
    const ofSecret = { StringEquals: { "kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com" } };
    const ofEverything = {
      StringEquals: { "kms:ViaService": expect.arrayContaining(["dynamodb.eu-central-1.amazonaws.com"]) },
    };
    const ofEnvironment = {
      ArnLike: {
        "kms:EncryptionContext:aws:lambda:FunctionArn": "arn:aws:lambda:eu-central-1:123456789012:function:*",
      },
    };
    for (const { action, condition } of permissions)
      if (action.startsWith("kms:")) expect([ofSecret, ofEverything, ofEnvironment]).toContainEqual(condition);
      else if (action.startsWith("dynamodb:") && JSON.stringify(condition ?? "").includes("dynamodb:LeadingKeys"))
        continue;
      else expect(condition, action).toBeUndefined();
  });

  it("are each taken on by one service of AWS, and by Scheduler and Pipes for this account alone", () => {
    for (const [id, role] of roles) {
      expect(trustOf(role), id).toHaveLength(1);
      const service = serviceOf(role);
      expect(["lambda.amazonaws.com", ...Object.keys(SERVICE_ROLES)]).toContain(service);
      const account = { StringEquals: expect.objectContaining({ "aws:SourceAccount": "123456789012" }) };
      if (service !== "lambda.amazonaws.com") expect(trustOf(role)[0]?.Condition, id).toEqual(account);
    }
  });

  it("may, where they are not a function's, do what they are there for and nothing else", () => {
    for (const [id, role] of roles.filter(([, one]) => serviceOf(one) !== "lambda.amazonaws.com")) {
      const actions = permissionsOf(template, id)
        .map(({ action }) => action)
        .filter((action) => !action.startsWith("kms:"));
      expect(actions.sort(), id).toEqual(SERVICE_ROLES[serviceOf(role)]);
    }
  });

  it("are the only way in: a function is invoked by API Gateway and EventBridge from a source that is named", () => {
    const given = resourcesOf(template, "AWS::Lambda::Permission");
    expect(given.length).toBeGreaterThan(8);
    for (const [id, { Properties }] of given) {
      expect(["apigateway.amazonaws.com", "events.amazonaws.com"], id).toContain(Properties["Principal"]);
      expect(Properties["Action"], id).toBe("lambda:InvokeFunction");
      // Of the API, any stage and method of one path; of the bus, one rule.
      const source = String(Properties["SourceArn"]).replace(/^(arn:aws:execute-api:[^*]+)\/\*\/\*(\/|$)/, "$1/");
      expect(source, id).toMatch(/^arn:aws:(execute-api|events):eu-central-1:123456789012:[^*]+$/);
    }
  });

  it("stand beside no policy of a queue, topic or bucket that lets anybody in", () => {
    const policies = ["AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy"].flatMap((type) =>
      resourcesOf(template, type),
    );
    expect(policies.length).toBeGreaterThan(2);
    for (const [id, { Properties }] of policies)
      for (const { Effect, Principal, Condition } of statementsOf(Properties["PolicyDocument"])) {
        if (Effect === "Deny") continue;
        expect(JSON.stringify(Principal), id).not.toContain("*");
        expect(JSON.stringify(Condition ?? {}), id).toMatch(/aws:Source(Arn|Account)/);
      }
  });
});
