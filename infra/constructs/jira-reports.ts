import { Duration, Validations } from "aws-cdk-lib";
import type { Metric, MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import { EventBus, Rule } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { EventSourceMapping } from "aws-cdk-lib/aws-lambda";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { EVENT_SOURCE } from "../../shared/contract/event-items.ts";
import type { DeployConfig } from "../config.ts";
import { DeadLetterQueue } from "./dead-letter-queue.ts";
import type { EventsBus } from "./events-bus.ts";
import type { HandlerFunction } from "./handler-function.ts";
import { WebhookSecret } from "./webhook-secret.ts";

/**
 * The time until a session that Jira did not accept is tried again. It must be at least six times the function's time limit
 * (Lambda developer guide, "Configuring a queue to use with Lambda"). SQS reports the age of a message only until its third
 * try (SQS developer guide, "Available CloudWatch metrics"). With an hour, the age exceeds an hour well before that.
 */
const TRY_AGAIN_AFTER = Duration.hours(1);
/** Once an hour for a day, as long as EventBridge itself would retry. */
const TRIES = 24;
/** The most that SQS allows, in both queues: the age of a dead letter counts from when it was first sent (SQS developer guide). */
const RETENTION = Duration.days(14);
/** The most messages in one batch. After an outage, an hour's sessions arrive together; otherwise a batch is mostly one. */
const BATCH_SIZE = 10;
/** Batches at a time: the lowest value that Lambda allows. Each makes one call at a time, because Jira limits the rate. */
const MAX_CONCURRENCY = 2;

type JiraReportsProps = { bus: EventsBus; jira: HandlerFunction; secret: NonNullable<DeployConfig["jira"]> };

/**
 * Sends every session that ends to the function that reports it to Jira, through a queue that retries for a day. Lambda alone
 * would retry for minutes. An EventBridge API destination would show the webhook's URL, which is a secret, in its settings. It
 * would also read a new URL only at a deployment, and write no log.
 */
export class JiraReports extends Construct {
  readonly #queue: Queue;

  constructor(scope: Construct, id: string, props: JiraReportsProps) {
    super(scope, id);
    const { bus, jira, secret } = props;
    new WebhookSecret(this, "Webhook", secret).grantRead(jira);
    const deadLetters = new DeadLetterQueue(this, "DeadLetters").queue;
    this.#queue = new Queue(this, "Queue", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: TRY_AGAIN_AFTER,
      retentionPeriod: RETENTION,
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: TRIES },
    });
    new Rule(this, "Ended", {
      description: "Sessions that ended, for the reports to Jira",
      eventBus: EventBus.fromEventBusName(this, "Bus", bus.busName),
      eventPattern: { source: [EVENT_SOURCE], detailType: ["session.ended"] },
      targets: [
        new SqsQueue(this.#queue, {
          deadLetterQueue: deadLetters,
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
        }),
      ],
    });
    this.#handOver(jira);
  }

  /** How long the oldest session has been waiting, among those tried fewer than three times. */
  metricAge(options: MetricOptions): Metric {
    return this.#queue.metricApproximateAgeOfOldestMessage(options);
  }

  #handOver(jira: HandlerFunction): void {
    // The permissions that Lambda needs to read a queue (Lambda developer guide, "Setting up Lambda execution role permissions").
    const actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
    jira.allow(new PolicyStatement({ actions, resources: [this.#queue.queueArn] }));
    const mapping = new EventSourceMapping(this, "HandOver", {
      target: jira.lambda,
      eventSourceArn: this.#queue.queueArn,
      batchSize: BATCH_SIZE,
      maxConcurrency: MAX_CONCURRENCY,
      // A failed message does not undo the others of its batch.
      reportBatchItemFailures: true,
    });
    Validations.of(mapping).acknowledge({
      id: "Serverless-LambdaEventSourceMappingDestination",
      reason: "Lambda has none for a queue: messages that keep failing go to the queue's own dead-letter queue.",
    });
  }
}
