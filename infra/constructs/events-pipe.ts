import { Stack, Validations } from "aws-cdk-lib";
import { Metric, type MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnPipe } from "aws-cdk-lib/aws-pipes";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { EVENT_FILTERS, EVENT_SOURCE } from "../../shared/contract/event-items.ts";
import { acknowledgeWildcard } from "../acknowledge-wildcard.ts";
import { DeadLetterQueue } from "./dead-letter-queue.ts";
import type { EventsBus } from "./events-bus.ts";
import type { HandlerFunction } from "./handler-function.ts";
import type { ServerTable } from "./server-table.ts";

/** The most that PutEvents accepts in one call (EventBridge API reference); a pipe sends a batch in one call. */
const BATCH_SIZE = 10;

type EventsPipeProps = { table: ServerTable; bus: EventsBus; events: HandlerFunction };

/**
 * Carries the table's changes to the bus. The changes that can be events go through the function that makes events of them.
 * Only the table is written, so each event belongs to a change that happened, and each such change has its event.
 */
export class EventsPipe extends Construct {
  /** Names the records that could not be carried: their places in the stream, not their content. */
  readonly deadLetters: Queue;
  readonly #name: string;

  constructor(scope: Construct, id: string, props: EventsPipeProps) {
    super(scope, id);
    const { table, bus, events } = props;
    this.deadLetters = new DeadLetterQueue(this, "DeadLetters").queue;
    Validations.of(this.deadLetters).acknowledge({
      id: "AwsSolutions-SQS3",
      reason: "It is the dead-letter queue of the pipe, which the rule does not check.",
    });
    const pipe = new CfnPipe(this, "Resource", {
      description: "Changes of the mirrord license server's table, as events",
      roleArn: this.#role(props).roleArn,
      source: table.streamArn,
      sourceParameters: {
        filterCriteria: { filters: EVENT_FILTERS.map((pattern) => ({ pattern: JSON.stringify(pattern) })) },
        dynamoDbStreamParameters: {
          // Begins with the oldest change in the stream, so changes made while the pipe is created are not lost.
          startingPosition: "TRIM_HORIZON",
          batchSize: BATCH_SIZE,
          maximumBatchingWindowInSeconds: 5,
          // A failed batch is split again and again, until the faulty record is alone and no longer delays the others.
          onPartialBatchItemFailure: "AUTOMATIC_BISECT",
          maximumRetryAttempts: 50,
          maximumRecordAgeInSeconds: 86_400,
          deadLetterConfig: { arn: this.deadLetters.queueArn },
        },
      },
      enrichment: events.lambda.functionArn,
      target: bus.busArn,
      targetParameters: {
        eventBridgeEventBusParameters: { source: EVENT_SOURCE, detailType: "$.type", time: "$.time" },
      },
    });
    this.#name = pipe.ref;
  }

  /** The number of failed executions; each retry counts (EventBridge user guide, "Monitoring Pipes"). */
  metricFailures(options: MetricOptions): Metric {
    const dimensionsMap = { PipeName: this.#name };
    return new Metric({
      namespace: "AWS/EventBridge/Pipes",
      metricName: "ExecutionFailed",
      dimensionsMap,
      ...options,
    });
  }

  #role({ table, bus, events }: EventsPipeProps): Role {
    const stack = Stack.of(this);
    const role = new Role(this, "Role", {
      // Only for pipes of this account (EventBridge user guide, "Pipes permissions").
      assumedBy: new ServicePrincipal("pipes.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": stack.account } },
      }),
      inlinePolicies: {
        Carry: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
              resources: [table.streamArn],
            }),
            // It has no resource of its own (Service Authorization Reference, "Actions defined by Amazon DynamoDB").
            new PolicyStatement({ actions: ["dynamodb:ListStreams"], resources: ["*"] }),
            new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [events.lambda.functionArn] }),
            new PolicyStatement({ actions: ["events:PutEvents"], resources: [bus.busArn] }),
            new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [this.deadLetters.queueArn] }),
          ],
        }),
      },
    });
    acknowledgeWildcard(role, "*", "ListStreams names no stream; it shows only which streams exist.");
    return role;
  }
}
