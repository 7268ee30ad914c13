import { Alarm, type ComparisonOperator, type Metric, type TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";

export type AlarmSpec = {
  /** With its statistic and period. Without a label: CloudFormation would read the metric as an expression. */
  metric: Metric;
  comparison: ComparisonOperator;
  threshold: number;
  /** How many periods in a row must be bad; 1 by default. */
  periods?: number;
  /** How CloudWatch treats a period without data. */
  missing: TreatMissingData;
  /** For the person on call: what has happened, and what to do first. Whole sentences. */
  means: string;
  first: string;
  /** The page of `docs/runbooks` that says what to do, without `.md`. */
  runbook: string;
};

/** The alarms of a deployment. Each says what it means and what to do first, and notifies people through the topic. */
export class Alarms extends Construct {
  readonly #prefix: string;
  readonly #topicArn: string;

  constructor(scope: Construct, id: string, props: { prefix: string; topicArn: string }) {
    super(scope, id);
    this.#prefix = props.prefix;
    this.#topicArn = props.topicArn;
  }

  /** Adds the alarm of that name. It notifies when it goes off, not when it is over: that would mean mail at every deployment. */
  add(name: string, spec: AlarmSpec): void {
    const alarm = new Alarm(this, name, {
      alarmName: `${this.#prefix}-${name}`,
      alarmDescription: `${spec.means} First: ${spec.first} Runbook: docs/runbooks/${spec.runbook}.md`,
      metric: spec.metric,
      comparisonOperator: spec.comparison,
      threshold: spec.threshold,
      evaluationPeriods: spec.periods ?? 1,
      treatMissingData: spec.missing,
    });
    alarm.addAlarmAction({ bind: () => ({ alarmActionArn: this.#topicArn }) });
  }
}
