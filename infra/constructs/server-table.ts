import { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, Billing, ProjectionType, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import type { FunctionSpec } from "../../shared/contract/functions.ts";
import { TABLE } from "../../shared/contract/keys.ts";
import type { HandlerFunction } from "./handler-function.ts";

/** The one table: on demand, recoverable to any second of the last 35 days, and kept whatever happens to its stack. */
export class ServerTable extends Construct {
  readonly #table: TableV2;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#table = new TableV2(this, "Resource", {
      partitionKey: { name: TABLE.partitionKey, type: AttributeType.STRING },
      sortKey: { name: TABLE.sortKey, type: AttributeType.STRING },
      timeToLiveAttribute: TABLE.ttlAttribute,
      globalSecondaryIndexes: [
        {
          indexName: TABLE.index.name,
          partitionKey: { name: TABLE.index.partitionKey, type: AttributeType.STRING },
          sortKey: { name: TABLE.index.sortKey, type: AttributeType.STRING },
          projectionType: ProjectionType.ALL,
        },
      ],
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  get tableName(): string {
    return this.#table.tableName;
  }

  /**
   * Lets a function do to the table what its contract says, and tells it the table's name. The table's own grants would
   * open every index for every action, so the statements are written here.
   */
  grant(fn: HandlerFunction, access: NonNullable<FunctionSpec["table"]>): void {
    fn.configure("TABLE_NAME", this.#table.tableName);
    fn.allow(
      new PolicyStatement({
        actions: access.actions.map((action) => `dynamodb:${action}`),
        resources: [this.#table.tableArn],
      }),
    );
    if (!access.index) return;
    fn.allow(
      new PolicyStatement({
        actions: ["dynamodb:Query"],
        resources: [`${this.#table.tableArn}/index/${TABLE.index.name}`],
      }),
    );
  }
}
