import { Stack } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Schedule, ScheduleTargetInput } from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { FUNCTION_DESCRIPTIONS } from "../../shared/contract/function-descriptions.ts";
import type { JobName } from "../../shared/contract/functions.ts";
import type { JobRuns } from "../job-runs.ts";
import type { HandlerFunction } from "./handler-function.ts";

/**
 * Runs a job on a schedule. Scheduler only delivers the event, asynchronously. If the job fails, Lambda runs it twice more.
 * An event that cannot be delivered, or fails each time, goes to the function's dead-letter queue.
 */
export class JobSchedule extends Construct {
  constructor(scope: Construct, id: string, props: { name: JobName; handler: HandlerFunction; runs: JobRuns }) {
    super(scope, id);
    const { name, handler, runs } = props;
    const { deadLetters } = handler;
    if (deadLetters === undefined) throw new Error(`${name} is not a job: it has no dead-letter queue`);
    new Schedule(this, "Resource", {
      description: `${FUNCTION_DESCRIPTIONS[name]}: ${Stack.of(this).stackName}`,
      schedule: runs.schedule,
      target: new LambdaInvoke(handler.lambda, {
        // Otherwise the target would let its role invoke every version of the function as well.
        role: this.#schedulerRole(handler, deadLetters).withoutPolicyUpdates(),
        deadLetterQueue: deadLetters,
        // Without an input, Scheduler sends an event of its own.
        input: ScheduleTargetInput.fromObject({}),
        maxEventAge: runs.maxEventAge,
        retryAttempts: 185,
      }),
    });
  }

  #schedulerRole({ lambda }: HandlerFunction, deadLetters: Queue): Role {
    const stack = Stack.of(this);
    const group = stack.formatArn({ service: "scheduler", resource: "schedule-group", resourceName: "default" });
    return new Role(this, "Role", {
      // Only for schedules of this account (EventBridge Scheduler user guide, "Confused deputy prevention").
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": stack.account, "aws:SourceArn": group } },
      }),
      inlinePolicies: {
        Run: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [lambda.functionArn] }),
            new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [deadLetters.queueArn] }),
          ],
        }),
      },
    });
  }
}
