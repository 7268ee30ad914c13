import { RemovalPolicy } from "aws-cdk-lib";
import { EventBus } from "aws-cdk-lib/aws-events";
import { Construct } from "constructs";

/** The bus that events go to. It is kept whatever happens to its stack: rules of others, which it does not know, stand on it. */
export class EventsBus extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bus = new EventBus(this, "Resource", { description: "Events of the mirrord license server" });
    this.bus.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}
