import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { Alarms } from "../constructs/alarms.ts";
import type { JiraReports } from "../constructs/jira-reports.ts";

/**
 * Adds the alarm for reports to Jira that are late, while there is still time. The dead-letter queue fills a day later, or
 * never, if nothing reads the queue. The threshold is after the second try and before the third: from the third try on, SQS
 * no longer reports the age of a message.
 */
export const addJiraAlarms = (alarms: Alarms, reports: JiraReports): void =>
  alarms.add("JiraReportsLate", {
    metric: reports.metricAge({ period: Duration.minutes(5), statistic: "Maximum" }),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: Duration.minutes(90).toSeconds(),
    missing: TreatMissingData.NOT_BREACHING,
    means:
      "JiraReports: a session has been waiting for an hour and a half to be reported to Jira. It is retried every hour, for a day in all.",
    first:
      'Read the reason in the log of the function jira ("session time not reported to Jira") and fix it. Waiting sessions are then reported within the hour. If the log has no reason, check that the event source mapping of the function is enabled.',
    runbook: "jira-reports-late",
  });
