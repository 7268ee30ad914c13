import { RemovalPolicy } from "aws-cdk-lib";
import { EventBus } from "aws-cdk-lib/aws-events";
import { Construct } from "constructs";
import { publish } from "../publish.ts";

/**
 * The bus that events go to. It exists whether events are on or off, which costs nothing, so rules of others stay on it. Its
 * name is fixed. A stack that is rolled back or deleted must delete the bus, or the next stack could not create its own. AWS
 * refuses to delete a bus that has rules (EventBridge API reference, "DeleteEventBus").
 */
export class EventsBus extends Construct {
  /** Name and ARN as the service stack reads them. */
  readonly busName: string;
  readonly busArn: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const bus = new EventBus(this, "Resource", { description: "Events of the mirrord license server" });
    bus.applyRemovalPolicy(RemovalPolicy.DESTROY);
    const description = "The EventBridge bus for events; attach your rules to it";
    this.busName = publish(this, "EventBusName", bus.eventBusName, description);
    this.busArn = publish(this, "EventBusArn", bus.eventBusArn, "The ARN of that bus");
  }
}
