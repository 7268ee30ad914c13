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
  it("nothing goes to the bus: there is neither a pipe nor a rule", () => {
    expect(resourcesOf(plain.service, "AWS::Pipes::Pipe")).toEqual([]);
    expect(resourcesOf(plain.service, "AWS::Events::Rule")).toEqual([]);
  });
});

describe("the bus", () => {
  it("is there whether or not events are on, so that others' rules stay on it, and an output names it", () => {
    for (const { data: one } of [plain, withEvents, withJira]) {
      const { id, Properties } = onlyResource(one, "AWS::Events::EventBus");
      expect([id, Properties]).toEqual([bus.id, bus.Properties]);
      expect(one.Outputs["EventBusName"]?.Value).toEqual({ Ref: bus.id });
    }
  });

  it("goes with its stack: its name is a fixed one, and one that stayed behind would be in the next one's way", () => {
    expect(bus.Properties["Name"]).toEqual(expect.any(String));
    expect(bus).toMatchObject({ DeletionPolicy: "Delete", UpdateReplacePolicy: "Delete" });
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
    const streamActions = ["DescribeStream", "GetRecords", "GetShardIterator"];
    expect(PolicyDocument.Statement).toEqual([
      { Effect: "Allow", Action: streamActions.map((action) => `dynamodb:${action}`), Resource: stream },
      // It has no resource: IAM would refuse it on the stream, and the pipe could not be created.
      { Effect: "Allow", Action: "dynamodb:ListStreams", Resource: "*" },
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
  const { service: withReports } = withJira;
  const rule = onlyResource(withReports, "AWS::Events::Rule");
  const jira = functionOf(withReports, "jira");
  const mapping = onlyResource(withReports, "AWS::Lambda::EventSourceMapping").Properties;
  const idIn = (arn: unknown): string => (arn as { "Fn::GetAtt": [string, "Arn"] })["Fn::GetAtt"][0];
  const propertiesOf = (id: string) => withReports.Resources[id]?.Properties ?? {};
  const queueId = idIn(mapping["EventSourceArn"]);
  const queue = propertiesOf(queueId) as {
    VisibilityTimeout: number;
    MessageRetentionPeriod: number;
    RedrivePolicy: { deadLetterTargetArn: unknown; maxReceiveCount: number };
  };
  const { deadLetterTargetArn, maxReceiveCount } = queue.RedrivePolicy;
  const deadLettersId = idIn(deadLetterTargetArn);
  type Policy = { Statement: { Effect: string; Action: unknown; Resource: unknown; Condition?: unknown }[] };
  const policyOf = (id: string): Policy["Statement"] =>
    resourcesOf(withReports, "AWS::SQS::QueuePolicy")
      .filter(([, { Properties }]) => JSON.stringify(Properties["Queues"]) === JSON.stringify([{ Ref: id }]))
      .flatMap(([, { Properties }]) => (Properties["PolicyDocument"] as Policy).Statement);

  it("bring the bus, the pipe and their queues with them; events alone bring no reports", () => {
    expect(resourcesOf(withReports, "AWS::Pipes::Pipe")).toHaveLength(1);
    expect(resourcesOf(withEvents.service, "AWS::Events::Rule")).toEqual([]);
    expect(resourcesOf(withEvents.service, "AWS::Lambda::EventSourceMapping")).toEqual([]);
    expect(JSON.stringify(withEvents.service)).not.toContain("JiraReports");
  });

  it("are made of each session that ends, which waits in a queue of theirs", () => {
    expect(rule.Properties).toMatchObject({
      EventBusName: { Ref: onlyResource(withJira.data, "AWS::Events::EventBus").id },
      EventPattern: { source: [EVENT_SOURCE], "detail-type": ["session.ended"] },
      State: "ENABLED",
      Targets: [
        {
          Arn: arnOf(queueId),
          DeadLetterConfig: { Arn: deadLetterTargetArn },
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        },
      ],
    });
    // Its function's work begins with the body of a message, which is to be the whole event.
    expect(JSON.stringify(rule.Properties["Targets"])).not.toMatch(/"Input(Path|Transformer)?"/);
  });

  it("are tried for a day, and kept for two weeks from the session's end on, given up or not", () => {
    const seconds = maxReceiveCount * queue.VisibilityTimeout;
    expect(seconds).toBeGreaterThanOrEqual(86_400);
    expect(seconds).toBeLessThanOrEqual(1.1 * 86_400);
    for (const id of [queueId, deadLettersId])
      expect(propertiesOf(id)).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 });
    expect(propertiesOf(deadLettersId)).not.toHaveProperty("RedrivePolicy");
  });

  it("are handed over in batches that end in time, of which only what failed comes again, few at a time", () => {
    expect(mapping).toMatchObject({
      FunctionName: { Ref: jira.id },
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
    const timeout = jira.Properties["Timeout"] as number;
    // Jira is waited for ten seconds (docs/events.md).
    expect(timeout).toBeGreaterThan(1.5 * 10 * (mapping["BatchSize"] as number));
    // What AWS wants at least (Lambda developer guide, "Configuring a queue to use with Lambda").
    expect(queue.VisibilityTimeout).toBeGreaterThanOrEqual(6 * timeout);
    expect(maxReceiveCount).toBeGreaterThanOrEqual(5);
  });

  it("may be put into the queue by the rule alone, as what could not be into its dead letters, and only by TLS", () => {
    for (const id of [queueId, deadLettersId]) {
      const [deny, allow, ...others] = policyOf(id);
      expect(deny).toMatchObject({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } });
      expect(allow).toMatchObject({
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Condition: { ArnEquals: { "aws:SourceArn": arnOf(rule.id) } },
        Resource: arnOf(id),
      });
      expect([allow?.Action].flat()).toContain("sqs:SendMessage");
      expect(others).toEqual([]);
    }
  });

  it("let nobody but Lambda's own poller invoke their function", () => {
    const permissions = resourcesOf(withReports, "AWS::Lambda::Permission").filter(([, { Properties }]) =>
      JSON.stringify(Properties["FunctionName"]).includes(jira.id),
    );
    expect(permissions).toEqual([]);
    expect(jira.Properties).not.toHaveProperty("DeadLetterConfig");
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
