import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import type { Alarms } from "../constructs/alarms.ts";
import { DeadLetterQueue } from "../constructs/dead-letter-queue.ts";

/** One for every dead-letter queue in `scope`, whoever made it. */
export const addQueueAlarms = (alarms: Alarms, scope: Construct): void => {
  for (const queue of deadLetterQueuesIn(scope)) {
    alarms.add(`${nameOf(queue, scope)}DeadLetters`, {
      metric: queue.queue.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(5),
        statistic: "Maximum",
      }),
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      missing: TreatMissingData.NOT_BREACHING,
      means: `${nameOf(queue, scope)}: an event was given up after all retries, and lies in the dead-letter queue for two weeks.`,
      first:
        'see the error in the function\'s log ("job failed"), mend its cause, then run it again and purge the queue.',
    });
  }
};

export const deadLetterQueuesIn = (scope: Construct): DeadLetterQueue[] =>
  scope.node.findAll().filter((construct) => construct instanceof DeadLetterQueue);

// Named for what it belongs to.
const nameOf = (queue: DeadLetterQueue, scope: Construct): string =>
  queue.node.scopes
    .slice(scope.node.scopes.length, -1)
    .map(({ node }) => node.id)
    .join("");
