import { describe, expect, it } from "vitest";
import { TABLE } from "../../shared/contract/keys.ts";
import { DOWNLOADS_PREFIX } from "../../shared/contract/report-names.ts";
import { onlyResource, type Resource, resourcesOf, synthesize, withApp } from "./synth.ts";

const { data } = synthesize();

const secret = (name: string): Resource => {
  const [found, ...others] = resourcesOf(data, "AWS::SecretsManager::Secret").filter(([id]) => id.startsWith(name));
  if (found === undefined || others.length > 0) throw new Error(`expected one secret ${name}`);
  return found[1];
};

describe("the table", () => {
  const { Properties: table, ...attributes } = onlyResource(data, "AWS::DynamoDB::GlobalTable");
  const replicas = table["Replicas"] as Record<string, unknown>[];

  it("has the keys, the index and the TTL attribute of the contract", () => {
    const keys = (partition: string, sort: string) => [
      { AttributeName: partition, KeyType: "HASH" },
      { AttributeName: sort, KeyType: "RANGE" },
    ];
    const { index, partitionKey, sortKey, ttlAttribute } = TABLE;
    expect(table["KeySchema"]).toEqual(keys(partitionKey, sortKey));
    expect(table["GlobalSecondaryIndexes"]).toEqual([
      {
        IndexName: index.name,
        KeySchema: keys(index.partitionKey, index.sortKey),
        Projection: { ProjectionType: "ALL" },
      },
    ]);
    expect(table["AttributeDefinitions"]).toEqual(
      [partitionKey, sortKey, index.partitionKey, index.sortKey].map((AttributeName) => ({
        AttributeName,
        AttributeType: "S",
      })),
    );
    expect(table["TimeToLiveSpecification"]).toEqual({ AttributeName: ttlAttribute, Enabled: true });
  });

  it("is on demand, in one region, recoverable and protected from deletion", () => {
    expect(table["BillingMode"]).toBe("PAY_PER_REQUEST");
    expect(replicas).toHaveLength(1);
    expect(replicas[0]).toMatchObject({
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
    expect(attributes).toMatchObject({ DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
  });
});

describe("the secrets", () => {
  it("hold no value in the template, neither a license nor a key nor a seed", () => {
    for (const [, { Properties }] of resourcesOf(data, "AWS::SecretsManager::Secret")) {
      expect(Properties).not.toHaveProperty("SecretString");
    }
    expect(JSON.stringify(data)).not.toContain("-----BEGIN");
  });

  it("start without any version where the license goes, so that nothing random is ever served as one", () => {
    expect(Object.keys(secret("LicenseEmpty").Properties)).toEqual(["Description"]);
  });

  // CloudFormation generates a secret anew when these settings change: with another key all operators are locked out,
  // with another seed all leases are void.
  it("are generated with settings that never change", () => {
    expect(secret("LicenseKeyGenerated").Properties["GenerateSecretString"]).toEqual({
      ExcludePunctuation: true,
      PasswordLength: 48,
    });
    expect(secret("LeaseSigningGenerated").Properties["GenerateSecretString"]).toEqual({
      ExcludePunctuation: true,
      GenerateStringKey: "seed",
      PasswordLength: 64,
      SecretStringTemplate: "{}",
    });
  });

  it("are kept when the stack goes", () => {
    const secrets = resourcesOf(data, "AWS::SecretsManager::Secret").map(([, resource]) => resource);
    expect(secrets).toHaveLength(4);
    for (const kept of secrets) expect(kept).toMatchObject({ DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
  });

  it("are not made where existing ones are configured", () => {
    const arn = (name: string) => `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}-AbC123`;
    const other = synthesize({ license: { key: { secretArn: arn("key") }, file: { secretArn: arn("pem") } } });
    const made = resourcesOf(other.data, "AWS::SecretsManager::Secret").map(([id]) => id);
    expect(made).toEqual([expect.stringMatching(/^LeaseSigning/), expect.stringMatching(/^AccessSigning/)]);
    expect(other.data.Outputs).toMatchObject({
      LicenseSecretArn: { Value: arn("pem") },
      LicenseKeySecretArn: { Value: arn("key") },
    });
  });
});

describe("the report bucket", () => {
  const bucket = onlyResource(data, "AWS::S3::Bucket");

  it("is private, encrypted, versioned and retained", () => {
    expect(bucket.Properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
      },
      VersioningConfiguration: { Status: "Enabled" },
    });
    expect(bucket.DeletionPolicy).toBe("Retain");
  });

  it("keeps what was overwritten for 90 days only", () => {
    expect(bucket.Properties["LifecycleConfiguration"]).toEqual({
      Rules: [
        expect.objectContaining({ Prefix: DOWNLOADS_PREFIX }),
        {
          Status: "Enabled",
          NoncurrentVersionExpiration: { NoncurrentDays: 90 },
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
        },
      ],
    });
  });

  it("forgets what was put there for one download after a day, the versions of it included", () => {
    const { Rules } = bucket.Properties["LifecycleConfiguration"] as { Rules: unknown[] };
    expect(Rules).toContainEqual({
      Status: "Enabled",
      Prefix: DOWNLOADS_PREFIX,
      ExpirationInDays: 1,
      NoncurrentVersionExpiration: { NoncurrentDays: 1 },
    });
  });

  it("lets a page of any origin read what a link leads to, and do nothing else", () => {
    expect(bucket.Properties["CorsConfiguration"]).toEqual({
      CorsRules: [{ AllowedMethods: ["GET"], AllowedOrigins: ["*"], MaxAge: 3_000 }],
    });
  });

  it("refuses requests without TLS 1.2", () => {
    const { PolicyDocument } = onlyResource(data, "AWS::S3::BucketPolicy").Properties;
    const { Statement } = PolicyDocument as { Statement: { Effect: string; Condition: unknown }[] };
    expect(Statement.map(({ Effect, Condition }) => ({ Effect, Condition }))).toEqual([
      { Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } },
      { Effect: "Deny", Condition: { NumericLessThan: { "s3:TlsVersion": 1.2 } } },
    ]);
  });
});

describe("the topic of notifications", () => {
  const topicOf = (settings: unknown) => onlyResource(synthesize(settings).data, "AWS::SNS::Topic").id;

  const statements = (): unknown[] =>
    (onlyResource(data, "AWS::SNS::TopicPolicy").Properties["PolicyDocument"] as { Statement: unknown[] }).Statement;

  it("refuses what is published without TLS", () => {
    expect(statements()).toContainEqual(
      expect.objectContaining({
        Effect: "Deny",
        Action: "sns:Publish",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      }),
    );
  });

  it("lets in the alarms of this account and region, which its own policy would otherwise shut out, and nobody else", () => {
    const allowed = statements().filter((statement) => (statement as { Effect: string }).Effect === "Allow");
    expect(allowed).toEqual([
      {
        Sid: expect.any(String),
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: "sns:Publish",
        Resource: { Ref: onlyResource(data, "AWS::SNS::Topic").id },
        Condition: {
          StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } },
          ArnLike: { "aws:SourceArn": { "Fn::Join": ["", expect.arrayContaining([":cloudwatch:", ":alarm:*"])] } },
        },
      },
    ]);
  });

  it("has the configured address as its one subscriber, and by default none", () => {
    expect(resourcesOf(data, "AWS::SNS::Subscription")).toEqual([]);
    const settings = { notifications: { email: "ops@example.com" } };
    const { Properties } = onlyResource(synthesize(settings).data, "AWS::SNS::Subscription");
    expect(Properties).toEqual({
      Protocol: "email",
      Endpoint: "ops@example.com",
      TopicArn: { Ref: topicOf(settings) },
    });
  });
});

describe("the data stack", () => {
  it("names what a person needs next in its outputs", () => {
    const outputs = [
      "TableName",
      "LicenseSecretArn",
      "LicenseKeySecretArn",
      "ReportBucketName",
      "NotificationTopicArn",
    ];
    expect(Object.keys(data.Outputs)).toEqual(expect.arrayContaining(outputs));
  });

  it("describes every output, in the service stack as well, so that a newcomer finds the right ARN", () => {
    const webhookSecretArn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:jira-AbC123";
    const everything = synthesize({ region: "eu-central-1", jira: { webhookSecretArn } });
    const outputs = Object.entries({ ...everything.data.Outputs, ...everything.service.Outputs });
    const descriptions = outputs.map(([, output]) => (output as { Description?: string }).Description ?? "");
    expect(outputs.length).toBeGreaterThan(20);
    expect(outputs.filter((_, place) => descriptions[place] === "").map(([name]) => name)).toEqual([]);
    const internal = outputs.filter((_, place) => descriptions[place]?.startsWith("Internal"));
    expect(internal.map(([name]) => name)).toEqual(
      outputs.map(([name]) => name).filter((name) => name.startsWith("Publish")),
    );
    expect(descriptions).toContain("Internal, read by the service stack: Reports, RegionalDomainName");
  });

  it("cannot be deleted by mistake, and carries the configured prefix, account, region and tags", () => {
    const settings = {
      stackPrefix: "Blue",
      account: "123456789012",
      region: "eu-west-1",
      tags: { team: "platform" },
    };
    withApp(settings, ({ data: stack, service }) => {
      expect(stack.terminationProtection).toBe(true);
      expect([stack.stackName, service.stackName]).toEqual(["Blue-Data", "Blue-Service"]);
      expect([stack.environment, service.environment]).toEqual(Array(2).fill("aws://123456789012/eu-west-1"));
      expect([stack.tags.tagValues(), service.tags.tagValues()]).toEqual(Array(2).fill({ team: "platform" }));
    });
  });
});
