import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import type { AlarmSpec, Alarms } from "../constructs/alarms.ts";
import { DeadLetterQueue } from "../constructs/dead-letter-queue.ts";

/** One for every dead-letter queue in `scope`, whoever made it. */
export const addQueueAlarms = (alarms: Alarms, scope: Construct): void => {
  for (const queue of deadLetterQueuesIn(scope)) {
    const name = nameOf(queue, scope);
    alarms.add(`${name}DeadLetters`, {
      metric: queue.queue.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(5),
        statistic: "Maximum",
      }),
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      missing: TreatMissingData.NOT_BREACHING,
      ...(NO_JOBS[name] ?? ofJob(name)),
    });
  }
};

export const deadLetterQueuesIn = (scope: Construct): DeadLetterQueue[] =>
  scope.node.findAll().filter((construct) => construct instanceof DeadLetterQueue);

type Words = Pick<AlarmSpec, "means" | "first">;

// A job's next run does the same work, so what lies there says only that one failed.
const ofJob = (name: string): Words => ({
  means: `${name}: an event was given up after all retries, and lies in the dead-letter queue for two weeks.`,
  first: 'see the error in the function\'s log ("job failed"), mend its cause, then run it again and purge the queue.',
});

const NO_JOBS: Readonly<Record<string, Words>> = {
  JiraReports: {
    means:
      "JiraReports: each message in the dead-letter queue is a session that Jira has not been told of after a day of tries. It is kept until two weeks after the session's end.",
    first:
      'see the reason in the log of the function jira ("session time not reported to Jira"), mend it, then move the messages back into their queue as the runbook shows: they are the only ones.',
  },
  EventsPipe: {
    means:
      "EventsPipe: changes were given up after all retries and made no events. The messages in the dead-letter queue name their places in the table's stream.",
    first:
      "see the errors in the log of the function events; where it has none, the bus did not take what it made. Tell those who rely on events, then purge the queue.",
  },
};

// Named for what it belongs to.
const nameOf = (queue: DeadLetterQueue, scope: Construct): string =>
  queue.node.scopes
    .slice(scope.node.scopes.length, -1)
    .map(({ node }) => node.id)
    .join("");
