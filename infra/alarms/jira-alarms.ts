import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { Alarms } from "../constructs/alarms.ts";
import type { JiraReports } from "../constructs/jira-reports.ts";

/**
 * That Jira has not taken a session for long, while there is time: its dead letters tell a day later, and never where nobody
 * hands the queue over. After the second try in vain and before the third, from which on a message's age is not told.
 */
export const addJiraAlarms = (alarms: Alarms, reports: JiraReports): void =>
  alarms.add("JiraReportsLate", {
    metric: reports.metricAge({ period: Duration.minutes(5), statistic: "Maximum" }),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: Duration.minutes(90).toSeconds(),
    missing: TreatMissingData.NOT_BREACHING,
    means:
      "JiraReports: a session has waited for an hour and a half to be told to Jira, in vain. It is tried every hour, for a day in all.",
    first:
      'see the reason in the log of the function jira ("session time not reported to Jira") and mend it: what waits is then told within the hour, by itself. Where the log has none, see that the function\'s event source mapping is enabled.',
  });
