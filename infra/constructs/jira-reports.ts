import { Duration } from "aws-cdk-lib";
import { Rule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { Construct } from "constructs";
import { EVENT_SOURCE } from "../../shared/contract/event-items.ts";
import type { DeployConfig } from "../config.ts";
import type { EventsBus } from "./events-bus.ts";
import type { HandlerFunction } from "./handler-function.ts";
import { WebhookSecret } from "./webhook-secret.ts";

/**
 * Hands every session that ends to the function that tells Jira of it. A function and not an API destination: that one would
 * have the webhook's URL, which is a secret, stand in its settings for all to read who may describe it, follow it only at a
 * deployment, and say nothing in a log.
 */
export class JiraReports extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: { bus: EventsBus; jira: HandlerFunction; secret: NonNullable<DeployConfig["jira"]> },
  ) {
    super(scope, id);
    const { bus, jira, secret } = props;
    const { deadLetters } = jira;
    if (deadLetters === undefined) throw new Error("the function of Jira has no dead-letter queue");
    new WebhookSecret(this, "Webhook", secret).grantRead(jira);
    new Rule(this, "Ended", {
      description: "Sessions that ended, for the reports to Jira",
      eventBus: bus.bus,
      eventPattern: { source: [EVENT_SOURCE], detailType: ["session.ended"] },
      targets: [
        new LambdaFunction(jira.lambda, {
          deadLetterQueue: deadLetters,
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
        }),
      ],
    });
  }
}
