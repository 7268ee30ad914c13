import { describe, expect, it } from "vitest";
import { onlyResource, resourcesOf, synthesize, type Template } from "./synth.ts";

const KEY = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555";
const BOUNDARY = "arn:aws:iam::123456789012:policy/boundary";
const JIRA = { webhookSecretArn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:jira-AbC123" };

const { data, service } = synthesize({
  region: "eu-central-1",
  encryption: { kmsKeyArn: KEY },
  permissionsBoundaryArn: BOUNDARY,
  tracing: "xray",
  events: { enabled: true },
  jira: JIRA,
  network: { mode: "both", vpcEndpointIds: ["vpce-0123456789abcdef0"], accessLogs: true },
});
const plain = synthesize();

const propertiesOf = (template: Template, type: string) =>
  resourcesOf(template, type).map(([id, { Properties }]) => ({ id, ...Properties }) as Record<string, unknown>);

describe("a key of the customer's own", () => {
  it.each([
    ["AWS::Logs::LogGroup", "KmsKeyId", service],
    ["AWS::Lambda::Function", "KmsKeyArn", service],
    ["AWS::SQS::Queue", "KmsMasterKeyId", service],
    ["AWS::SecretsManager::Secret", "KmsKeyId", data],
    ["AWS::SNS::Topic", "KmsMasterKeyId", data],
  ])("encrypts every %s", (type, property, template) => {
    const found = propertiesOf(template, type);
    expect(found.length).toBeGreaterThan(0);
    for (const one of found) expect(one, String(one["id"])).toMatchObject({ [property]: KEY });
    for (const one of found) expect(one).not.toHaveProperty("SqsManagedSseEnabled");
  });

  it("encrypts the table and the bucket", () => {
    expect(onlyResource(data, "AWS::DynamoDB::GlobalTable").Properties).toMatchObject({
      SSESpecification: { SSEEnabled: true, SSEType: "KMS" },
      Replicas: [{ SSESpecification: { KMSMasterKeyId: KEY } }],
    });
    expect(onlyResource(data, "AWS::S3::Bucket").Properties["BucketEncryption"]).toEqual({
      ServerSideEncryptionConfiguration: [
        { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: KEY } },
      ],
    });
  });

  it("is used by every role through the services that store something, and by nobody for anything else", () => {
    const statements = propertiesOf(service, "AWS::IAM::Policy").flatMap(({ PolicyDocument, Roles }) =>
      (PolicyDocument as { Statement: Record<string, unknown>[] }).Statement.map((one) => ({ one, roles: Roles })),
    );
    const onKey = statements.filter(({ one }) => one["Resource"] === KEY);
    const roles = new Set(onKey.map(({ roles: of }) => JSON.stringify(of)));
    expect(roles.size).toBe(resourcesOf(service, "AWS::IAM::Role").length);
    for (const { one } of onKey) {
      expect([one["Action"]].flat()).not.toContain("kms:*");
      expect(JSON.stringify(one["Condition"])).toMatch(/kms:ViaService|kms:EncryptionContext:aws:lambda:FunctionArn/);
    }
  });

  it("is not there by default: AWS's own keys encrypt everything", () => {
    expect(JSON.stringify([plain.data, plain.service])).not.toMatch(/kms:|KmsKey|KMSMasterKey/);
  });
});

describe("the permissions boundary", () => {
  it("limits every role", () => {
    for (const [id, { Properties }] of resourcesOf(service, "AWS::IAM::Role"))
      expect(Properties["PermissionsBoundary"], id).toBe(BOUNDARY);
    for (const [, { Properties }] of resourcesOf(plain.service, "AWS::IAM::Role"))
      expect(Properties).not.toHaveProperty("PermissionsBoundary");
  });
});

describe("traces", () => {
  const modesOf = (template: Template) =>
    new Set(propertiesOf(template, "AWS::Lambda::Function").map(({ TracingConfig }) => JSON.stringify(TracingConfig)));

  it("are of every function and of the private API, if asked", () => {
    expect(modesOf(service)).toEqual(new Set(['{"Mode":"Active"}']));
    expect(onlyResource(service, "AWS::ApiGateway::Stage").Properties["TracingEnabled"]).toBe(true);
    expect(modesOf(plain.service)).toEqual(new Set([undefined]));
  });
});

describe("the function of access tokens", () => {
  it("has a tag by which a policy can keep others from invoking it, and is the only one", () => {
    const tagged = propertiesOf(plain.service, "AWS::Lambda::Function").filter(({ Tags }) =>
      JSON.stringify(Tags ?? []).includes('{"Key":"license-server:admin","Value":"true"}'),
    );
    expect(tagged.map(({ id }) => id)).toEqual([expect.stringMatching(/^TokenFunction/)]);
  });
});
