import { RemovalPolicy } from "aws-cdk-lib";
import { EventBus } from "aws-cdk-lib/aws-events";
import { Construct } from "constructs";

/**
 * The bus that events go to. It exists whether events are on or off, which costs nothing, so rules of others stay on it. Its
 * name is fixed. A stack that is rolled back or deleted must delete the bus, or the next stack could not create its own. AWS
 * refuses to delete a bus that has rules (EventBridge API reference, "DeleteEventBus").
 */
export class EventsBus extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bus = new EventBus(this, "Resource", { description: "Events of the mirrord license server" });
    this.bus.applyRemovalPolicy(RemovalPolicy.DESTROY);
  }
}
