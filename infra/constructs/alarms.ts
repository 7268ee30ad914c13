import { Alarm, type ComparisonOperator, type Metric, type TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";

export type AlarmSpec = {
  /** With the statistic and the period it is looked at by. No label: CloudFormation would take it for an expression. */
  metric: Metric;
  comparison: ComparisonOperator;
  threshold: number;
  /** Over how many periods in a row; one unless said otherwise. */
  periods?: number;
  /** What a period without data is taken for. */
  missing: TreatMissingData;
  /** For whoever is woken by it: what has happened, and what to do first. Whole sentences. */
  means: string;
  first: string;
};

/** The alarms of a deployment. Each says what it means and what to do first, and tells people by the topic. */
export class Alarms extends Construct {
  readonly #prefix: string;
  readonly #action: SnsAction;

  constructor(scope: Construct, id: string, props: { prefix: string; topic: ITopic }) {
    super(scope, id);
    this.#prefix = props.prefix;
    this.#action = new SnsAction(props.topic);
  }

  /** Adds the alarm of that name. People are told when it goes off, not when it is over: that would be mail at every deployment. */
  add(name: string, spec: AlarmSpec): void {
    const alarm = new Alarm(this, name, {
      alarmName: `${this.#prefix}-${name}`,
      alarmDescription: `${spec.means} First: ${spec.first}`,
      metric: spec.metric,
      comparisonOperator: spec.comparison,
      threshold: spec.threshold,
      evaluationPeriods: spec.periods ?? 1,
      treatMissingData: spec.missing,
    });
    alarm.addAlarmAction(this.#action);
  }
}
