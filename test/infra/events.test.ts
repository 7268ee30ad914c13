import { describe, expect, it } from "vitest";
import { EVENT_FILTERS, EVENT_SOURCE } from "../../shared/contract/event-items.ts";
import { functionOf, onlyResource, resourcesOf, synthesize } from "./synth.ts";

const WEBHOOK = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:jira-AbC123";
const KMS_KEY = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555";

const plain = synthesize();
const withEvents = synthesize({ events: { enabled: true } });
const withJira = synthesize({ jira: { webhookSecretArn: WEBHOOK, kmsKeyArn: KMS_KEY } });

const arnOf = (id: string, attribute = "Arn") => ({ "Fn::GetAtt": [id, attribute] });
const { data, service } = withEvents;
const pipe = onlyResource(service, "AWS::Pipes::Pipe");
const bus = onlyResource(data, "AWS::Events::EventBus");
const stream = arnOf(onlyResource(data, "AWS::DynamoDB::GlobalTable").id, "StreamArn");
const parameters = pipe.Properties["SourceParameters"] as {
  FilterCriteria: { Filters: { Pattern: string }[] };
  DynamoDBStreamParameters: Record<string, unknown> & { DeadLetterConfig: { Arn: { "Fn::GetAtt": [string, string] } } };
};

describe("the table's stream", () => {
  it("is there with the items before and after each change, whether or not anybody reads it", () => {
    for (const { data: one } of [plain, withEvents])
      expect(onlyResource(one, "AWS::DynamoDB::GlobalTable").Properties["StreamSpecification"]).toEqual({
        StreamViewType: "NEW_AND_OLD_IMAGES",
      });
  });
});

describe("without events and Jira", () => {
  it("there is neither a bus nor a pipe nor a rule", () => {
    expect(resourcesOf(plain.data, "AWS::Events::EventBus")).toEqual([]);
    expect(resourcesOf(plain.service, "AWS::Pipes::Pipe")).toEqual([]);
    expect(resourcesOf(plain.service, "AWS::Events::Rule")).toEqual([]);
  });
});

describe("the bus", () => {
  it("outlives its stack, whose outputs name it", () => {
    expect(bus).toMatchObject({ DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
    expect(data.Outputs["EventBusName"]?.Value).toEqual({ Ref: bus.id });
  });
});

describe("the pipe", () => {
  it("leads from the stream through the function of events to the bus", () => {
    expect(pipe.Properties).toMatchObject({
      Source: stream,
      Enrichment: arnOf(functionOf(service, "events").id),
      Target: arnOf(bus.id),
      TargetParameters: {
        EventBridgeEventBusParameters: { Source: EVENT_SOURCE, DetailType: "$.type", Time: "$.time" },
      },
    });
  });

  it("takes only changes that can be events", () => {
    expect(parameters.FilterCriteria.Filters.map(({ Pattern }) => JSON.parse(Pattern))).toEqual(EVENT_FILTERS);
    // So many a pipe may have (EventBridge Pipes quotas).
    expect(EVENT_FILTERS.length).toBeLessThanOrEqual(5);
  });

  it("hands over no more at once than the bus takes, tries what fails alone, and keeps what fails for good", () => {
    const { BatchSize, DeadLetterConfig, ...rest } = parameters.DynamoDBStreamParameters;
    expect(BatchSize).toBeLessThanOrEqual(10);
    expect(rest).toMatchObject({
      OnPartialBatchItemFailure: "AUTOMATIC_BISECT",
      MaximumRetryAttempts: 50,
      MaximumRecordAgeInSeconds: 86_400,
      StartingPosition: "TRIM_HORIZON",
    });
    expect(service.Resources[DeadLetterConfig.Arn["Fn::GetAtt"][0]]?.Type).toBe("AWS::SQS::Queue");
  });

  it("may do just that, and nobody but this account's pipes is let in", () => {
    const { "Fn::GetAtt": role } = pipe.Properties["RoleArn"] as { "Fn::GetAtt": [string, string] };
    const { Policies, AssumeRolePolicyDocument, ...others } = service.Resources[role[0]]?.Properties ?? {};
    expect(others).not.toHaveProperty("ManagedPolicyArns");
    const [{ PolicyDocument }] = Policies as [{ PolicyDocument: { Statement: unknown[] } }];
    const streamActions = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];
    expect(PolicyDocument.Statement).toEqual([
      { Effect: "Allow", Action: streamActions.map((action) => `dynamodb:${action}`), Resource: stream },
      { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: arnOf(functionOf(service, "events").id) },
      { Effect: "Allow", Action: "events:PutEvents", Resource: arnOf(bus.id) },
      {
        Effect: "Allow",
        Action: "sqs:SendMessage",
        Resource: parameters.DynamoDBStreamParameters.DeadLetterConfig.Arn,
      },
    ]);
    expect((AssumeRolePolicyDocument as { Statement: unknown[] }).Statement).toEqual([
      {
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { Service: "pipes.amazonaws.com" },
        Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
      },
    ]);
  });
});

describe("the reports to Jira", () => {
  const rule = onlyResource(withJira.service, "AWS::Events::Rule");
  const jira = functionOf(withJira.service, "jira");

  it("bring the bus and the pipe with them; events alone bring no reports", () => {
    expect(resourcesOf(withJira.service, "AWS::Pipes::Pipe")).toHaveLength(1);
    expect(resourcesOf(withEvents.service, "AWS::Events::Rule")).toEqual([]);
  });

  it("are made of each session that ends, tried again, and kept where they fail", () => {
    expect(rule.Properties).toMatchObject({
      EventBusName: { Ref: onlyResource(withJira.data, "AWS::Events::EventBus").id },
      EventPattern: { source: [EVENT_SOURCE], "detail-type": ["session.ended"] },
      State: "ENABLED",
      Targets: [
        {
          Arn: arnOf(jira.id),
          DeadLetterConfig: { Arn: (jira.Properties["DeadLetterConfig"] as { TargetArn: unknown }).TargetArn },
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        },
      ],
    });
  });

  it("may be put into their dead-letter queue by the rule, which nobody else's may", () => {
    const policies = resourcesOf(withJira.service, "AWS::SQS::QueuePolicy").flatMap(
      ([, { Properties }]) => (Properties["PolicyDocument"] as { Statement: { Effect: string }[] }).Statement,
    );
    expect(policies.filter(({ Effect }) => Effect === "Allow")).toEqual([
      expect.objectContaining({
        Action: "sqs:SendMessage",
        Principal: { Service: "events.amazonaws.com" },
        Condition: { ArnEquals: { "aws:SourceArn": arnOf(rule.id) } },
        Resource: (jira.Properties["DeadLetterConfig"] as { TargetArn: unknown }).TargetArn,
      }),
    ]);
  });

  it("let nobody but the rule invoke their function", () => {
    const permissions = resourcesOf(withJira.service, "AWS::Lambda::Permission").filter(([, { Properties }]) =>
      JSON.stringify(Properties["FunctionName"]).includes(jira.id),
    );
    expect(permissions.map(([, { Properties }]) => Properties)).toEqual([
      expect.objectContaining({ Principal: "events.amazonaws.com", SourceArn: arnOf(rule.id) }),
    ]);
  });

  it("read the webhook's URL from its secret as they run: the template knows the secret's name alone", () => {
    const { Variables } = jira.Properties["Environment"] as { Variables: Record<string, unknown> };
    expect(Variables["JIRA_WEBHOOK_SECRET_ARN"]).toBe(WEBHOOK);
    expect(JSON.stringify([withJira.data, withJira.service])).not.toContain("{{resolve:");
    const statements = resourcesOf(withJira.service, "AWS::IAM::Policy")
      .flatMap(
        ([, { Properties }]) => (Properties["PolicyDocument"] as { Statement: { Resource: unknown }[] }).Statement,
      )
      .filter(({ Resource }) => Resource === WEBHOOK || Resource === KMS_KEY);
    expect(statements).toEqual([
      { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: WEBHOOK },
      expect.objectContaining({
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: KMS_KEY,
        Condition: expect.anything(),
      }),
    ]);
  });
});
