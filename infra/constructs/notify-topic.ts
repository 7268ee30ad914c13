import { ArnFormat, Stack, Validations } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Subscription, SubscriptionProtocol, Topic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { publish } from "../publish.ts";
import type { HandlerFunction } from "./handler-function.ts";

/**
 * The topic for alarms, notices and the scheduled report. With a mail address it has one subscriber, who must confirm the mail
 * that AWS sends. Others subscribe to its ARN.
 */
export class NotifyTopic extends Construct {
  /** As the service stack reads it. */
  readonly topicArn: string;

  constructor(scope: Construct, id: string, props: { email: string | undefined }) {
    super(scope, id);
    const topic = new Topic(this, "Resource", { displayName: "mirrord license server", enforceSSL: true });
    this.#allowAlarms(topic);
    if (props.email !== undefined) this.#addMail(topic, props.email);
    const description = "The topic for alarms, notices and report mails";
    this.topicArn = publish(this, "NotificationTopicArn", topic.topicArn, description);
  }

  // The policy that requires TLS replaces the default policy of the topic, which would have allowed the account's alarms
  // (CloudWatch user guide, "Notifying users on alarm changes").
  #allowAlarms(topic: Topic): void {
    const stack = Stack.of(this);
    const alarms = stack.formatArn({
      service: "cloudwatch",
      resource: "alarm",
      resourceName: "*",
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: "AlarmsOfThisAccount",
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": stack.account }, ArnLike: { "aws:SourceArn": alarms } },
      }),
    );
  }

  #addMail(topic: Topic, endpoint: string): void {
    const mail = new Subscription(this, "Mail", { topic, protocol: SubscriptionProtocol.EMAIL, endpoint });
    Validations.of(mail).acknowledge({
      id: "Serverless-SNSRedrivePolicy",
      reason: "A mail only points to what is kept elsewhere; nobody would look for it in a queue.",
    });
  }

  /** Lets a function publish to this topic only, and sets the variable with its ARN. */
  grantPublish(fn: HandlerFunction): void {
    fn.configure("NOTIFY_TOPIC_ARN", this.topicArn);
    fn.allow(new PolicyStatement({ actions: ["sns:Publish"], resources: [this.topicArn] }));
  }
}
