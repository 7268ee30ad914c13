import { Duration, Validations } from "aws-cdk-lib";
import type { Metric, MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import { Rule } from "aws-cdk-lib/aws-events";
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
 * After how long a session that Jira has not taken is handed over again. Six times the function's time limit at least
 * (Lambda developer guide, "Configuring a queue to use with Lambda"). An hour, since the queue's age tells of a
 * message until its third time alone (SQS developer guide, "Available CloudWatch metrics"): so the age goes well over an
 * hour before it is silent.
 */
const TRY_AGAIN_AFTER = Duration.hours(1);
/** Every hour for a day, which is as long as EventBridge itself would try. */
const TRIES = 24;
/** As long as SQS can, in both queues: a message's age counts from when it was first sent (SQS developer guide), dead letter or not. */
const RETENTION = Duration.days(14);
/** What SQS gives at once. After an outage an hour's sessions come together; otherwise a batch is mostly one. */
const BATCH_SIZE = 10;
/** Batches at a time, the least there can be. Each makes one call at a time, and Jira refuses who makes many. */
const MAX_CONCURRENCY = 2;

type JiraReportsProps = { bus: EventsBus; jira: HandlerFunction; secret: NonNullable<DeployConfig["jira"]> };

/**
 * Hands every session that ends to the function that tells Jira of it, by a queue that tries for a day. A function and not an
 * API destination: that one would have the webhook's URL, which is a secret, stand in its settings for all to read who may
 * describe it, follow it only at a deployment, and say nothing in a log. A queue, since Lambda by itself tries for minutes.
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
      eventBus: bus.bus,
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

  /** How long the oldest session waits to be reported that has been tried less than three times. */
  metricAge(options: MetricOptions): Metric {
    return this.#queue.metricApproximateAgeOfOldestMessage(options);
  }

  #handOver(jira: HandlerFunction): void {
    // What Lambda needs to read a queue (Lambda developer guide, "Setting up Lambda execution role permissions").
    const actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
    jira.allow(new PolicyStatement({ actions, resources: [this.#queue.queueArn] }));
    const mapping = new EventSourceMapping(this, "HandOver", {
      target: jira.lambda,
      eventSourceArn: this.#queue.queueArn,
      batchSize: BATCH_SIZE,
      maxConcurrency: MAX_CONCURRENCY,
      // One that fails leaves the others of its batch done.
      reportBatchItemFailures: true,
    });
    Validations.of(mapping).acknowledge({
      id: "Serverless-LambdaEventSourceMappingDestination",
      reason: "Lambda has none for a queue: what fails for good goes to the queue's own dead letters.",
    });
  }
}
