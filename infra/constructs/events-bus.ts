import { RemovalPolicy } from "aws-cdk-lib";
import { EventBus } from "aws-cdk-lib/aws-events";
import { Construct } from "constructs";

/**
 * The bus that events go to. It is there whether they are on or off, which costs nothing: others' rules stay on it. Its name
 * is a fixed one, so it must not be left behind by a stack that was rolled back or deleted: the next one could not make
 * its own. AWS itself refuses to delete a bus that has rules (EventBridge API reference, "DeleteEventBus").
 */
export class EventsBus extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bus = new EventBus(this, "Resource", { description: "Events of the mirrord license server" });
    this.bus.applyRemovalPolicy(RemovalPolicy.DESTROY);
  }
}
