import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import type { AlarmSpec, Alarms } from "../constructs/alarms.ts";
import { DeadLetterQueue } from "../constructs/dead-letter-queue.ts";

/** Adds an alarm for every dead-letter queue in `scope`. */
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
      ...(OTHERS[name] ?? OF_JOBS),
    });
  }
};

/** All dead-letter queues in `scope`. */
export const deadLetterQueuesIn = (scope: Construct): DeadLetterQueue[] =>
  scope.node.findAll().filter((construct) => construct instanceof DeadLetterQueue);

type Words = Pick<AlarmSpec, "means" | "first" | "runbook">;

// The next run of a job does the same work, so a message only says that a run failed.
const OF_JOBS: Words = {
  means: "A job failed after all retries. Its event stays in the dead-letter queue of the jobs for two weeks.",
  first:
    'Find the job and its error in the logs ("job failed"), fix the cause, run the job again, then purge the queue.',
  runbook: "job-dead-letters",
};

// The queues of other work than jobs: their messages cannot be replaced by another run.
const OTHERS: Readonly<Record<string, Words>> = {
  JiraReports: {
    means:
      "JiraReports: each message in the dead-letter queue is a session that could not be reported to Jira within a day. It is kept until two weeks after the end of the session.",
    first:
      'Read the reason in the log of the function jira ("session time not reported to Jira") and fix it. Then move the messages back into their queue, as the runbook shows. Do not delete them: there are no other copies.',
    runbook: "jira-dead-letters",
  },
  EventsPipe: {
    means:
      "EventsPipe: changes of the table failed after all retries, so there are no events of them. The messages in the dead-letter queue name their places in the table's stream.",
    first:
      "Read the errors in the log of the function events. If it has none, the bus refused the events. Inform those who rely on events, then purge the queue.",
    runbook: "events-pipe",
  },
};

// A queue has the name of the construct that it belongs to. That of all jobs belongs to the stack, so it has none.
const nameOf = (queue: DeadLetterQueue, scope: Construct): string =>
  queue.node.scopes
    .slice(scope.node.scopes.length, -1)
    .map(({ node }) => node.id)
    .join("");
