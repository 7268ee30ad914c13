import { describe, expect, it } from "vitest";
import { TABLE } from "../../shared/contract/keys.ts";
import { DOWNLOADS_PREFIX } from "../../shared/contract/report-names.ts";
import { onlyResource, type Resource, resourcesOf, synthesize, withApp } from "./synth.ts";

const { data } = synthesize();

/** A create that is rolled back deletes it; otherwise the next attempt would leave another one behind. */
const KEPT = { DeletionPolicy: "RetainExceptOnCreate", UpdateReplacePolicy: "Retain" };

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

  it("are kept when the stack goes, but not those of a stack that could not be created", () => {
    const secrets = resourcesOf(data, "AWS::SecretsManager::Secret").map(([, resource]) => resource);
    expect(secrets).toHaveLength(4);
    for (const kept of secrets) expect(kept).toMatchObject(KEPT);
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
    expect(bucket).toMatchObject(KEPT);
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

  const ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret";
  const everything = synthesize({ region: "eu-central-1", jira: { webhookSecretArn: `${ARN}:jira-AbC123` } });

  it("describes every output, in the service stack as well, so that a newcomer finds the right ARN", () => {
    const outputs = Object.entries({ ...everything.data.Outputs, ...everything.service.Outputs });
    expect(outputs.length).toBeGreaterThan(20);
    for (const [name, output] of outputs) expect(output, name).toHaveProperty("Description", expect.any(String));
  });

  // An output that a switch removes is gone before the service stack, or its rollback, stops reading it.
  it("has the same outputs in every configuration, and the service stack reads no others", () => {
    const NAMED = /^(?!Publish)/;
    const namesOf = (settings: object) =>
      Object.keys(synthesize(settings).data.Outputs)
        .filter((name) => NAMED.test(name))
        .sort();
    const names = namesOf({});
    expect(names).toHaveLength(13);
    expect(namesOf({ region: "eu-central-1", jira: { webhookSecretArn: `${ARN}:jira-AbC123` } })).toEqual(names);
    expect(
      namesOf({ license: { key: { secretArn: `${ARN}:key-AbC123` }, file: { secretArn: `${ARN}:pem-AbC123` } } }),
    ).toEqual(names);
    expect(namesOf({ table: { name: "restored" } })).toEqual(names);
    withApp({ region: "eu-central-1", jira: { webhookSecretArn: `${ARN}:jira-AbC123` } }, ({ app, service }) => {
      const text = JSON.stringify(app.synth().getStackArtifact(service.artifactId).template);
      const read = new Set([...text.matchAll(/"OutputName":"(\w+)"/g)].map(([, name]) => name));
      expect(read.size).toBeGreaterThan(8);
      expect([...read].filter((name) => !names.includes(name ?? ""))).toEqual([]);
    });
  });

  it("keeps what the service stack of earlier releases reads, so that a failed upgrade can be rolled back", () => {
    const value = (resource: string, attribute?: string) => {
      const id = resourcesOf(everything.data, resource)[0]?.[0];
      return attribute === undefined ? { Ref: id } : { "Fn::GetAtt": [id, attribute] };
    };
    const table = "AWS::DynamoDB::GlobalTable";
    expect(everything.data.Outputs).toMatchObject({
      PublishOutputRefTable7ABB320E979CBFB6: { Value: value(table) },
      PublishOutputFnGetAttTable7ABB320EArn8F3F241D: { Value: value(table, "Arn") },
      PublishOutputFnGetAttTable7ABB320EStreamArn86B0679A: { Value: value(table, "StreamArn") },
      PublishOutputRefLicenseEmpty67CCF0F3B914146B: { Value: { Ref: "LicenseEmpty67CCF0F3" } },
      PublishOutputRefLicenseKeyGenerated4C89AAD5EFC4466B: { Value: { Ref: "LicenseKeyGenerated4C89AAD5" } },
      PublishOutputRefLeaseSigningGeneratedD01823E4442CF779: { Value: { Ref: "LeaseSigningGeneratedD01823E4" } },
      PublishOutputRefAccessSigningGeneratedCE88D65F29E44393: { Value: { Ref: "AccessSigningGeneratedCE88D65F" } },
      PublishOutputRefReports76CC4739526C5018: { Value: value("AWS::S3::Bucket") },
      PublishOutputFnGetAttReports76CC4739Arn1A23F887: { Value: value("AWS::S3::Bucket", "Arn") },
      PublishOutputFnGetAttReports76CC4739RegionalDomainName64977887: {
        Value: value("AWS::S3::Bucket", "RegionalDomainName"),
      },
      PublishOutputRefNotificationsCE9D1424634BD2EE: { Value: value("AWS::SNS::Topic") },
      PublishOutputRefEvents948F067E100A6C7B: { Value: value("AWS::Events::EventBus") },
      PublishOutputFnGetAttEvents948F067EArn92E1A454: { Value: value("AWS::Events::EventBus", "Arn") },
    });
  });

  it("cannot be deleted by mistake, nor can the service stack; both carry the configured prefix, account, region and tags", () => {
    const settings = {
      stackPrefix: "Blue",
      account: "123456789012",
      region: "eu-west-1",
      tags: { team: "platform" },
    };
    withApp(settings, ({ data: stack, service }) => {
      expect([stack.terminationProtection, service.terminationProtection]).toEqual([true, true]);
      expect([stack.stackName, service.stackName]).toEqual(["Blue-Data", "Blue-Service"]);
      expect([stack.environment, service.environment]).toEqual(Array(2).fill("aws://123456789012/eu-west-1"));
      expect([stack.tags.tagValues(), service.tags.tagValues()]).toEqual(Array(2).fill({ team: "platform" }));
    });
  });

  it("is not protected in a first deployment: a stack that could not be created must be deleted", () => {
    withApp(
      {},
      ({ data: stack, service }) =>
        expect([stack.terminationProtection, service.terminationProtection]).toEqual([false, false]),
      { context: { first: "true" } },
    );
  });

  // CloudFormation gives the tags of a stack to most of its resources, but not to a global table.
  it("gives the configured tags to the table, too", () => {
    const tagsOf = (settings: object) => {
      const { Replicas } = onlyResource(synthesize(settings).data, "AWS::DynamoDB::GlobalTable").Properties;
      return (Replicas as { Tags?: unknown }[])[0]?.Tags;
    };
    expect(tagsOf({ tags: { team: "platform" } })).toEqual([{ Key: "team", Value: "platform" }]);
    expect(tagsOf({})).toBeUndefined();
  });
});
