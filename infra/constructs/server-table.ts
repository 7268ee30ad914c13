import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { Metric, type MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import { AttributeType, Billing, ProjectionType, StreamViewType, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import type { FunctionSpec } from "../../shared/contract/functions.ts";
import { TABLE } from "../../shared/contract/keys.ts";
import type { HandlerFunction } from "./handler-function.ts";

/** The table that functions use: the one made here, or one that exists. */
type TableInUse = { name: string; arn: string; streamArn: string | undefined };

/**
 * The one table: on demand, recoverable to any second of the last 35 days, and kept whatever happens to its stack. Where an
 * existing one is named, functions use that one, and the one made here lies idle: nothing of it is lost, and the way back
 * is to name none.
 */
export class ServerTable extends Construct {
  readonly #inUse: TableInUse;

  constructor(scope: Construct, id: string, existing?: { name: string; streamArn?: string }) {
    super(scope, id);
    const made = this.#make();
    const arnOf = (name: string) =>
      Stack.of(this).formatArn({ service: "dynamodb", resource: "table", resourceName: name });
    this.#inUse =
      existing === undefined
        ? { name: made.tableName, arn: made.tableArn, streamArn: made.tableStreamArn }
        : { name: existing.name, arn: arnOf(existing.name), streamArn: existing.streamArn };
  }

  #make(): TableV2 {
    return new TableV2(this, "Resource", {
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
      // Costs nothing while nobody reads it. It stays on, for a stream that is switched on again is another one.
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  get tableName(): string {
    return this.#inUse.name;
  }

  /** A metric that DynamoDB has of the table itself; those by operation it does not have here. */
  metric(name: string, options: MetricOptions): Metric {
    const dimensionsMap = { TableName: this.tableName };
    return new Metric({ namespace: "AWS/DynamoDB", metricName: name, dimensionsMap, ...options });
  }

  /** The same of its index, which that of the table does not count (DynamoDB developer guide, "Metrics and dimensions"). */
  indexMetric(name: string, options: MetricOptions): Metric {
    const dimensionsMap = { TableName: this.tableName, GlobalSecondaryIndexName: TABLE.index.name };
    return new Metric({ namespace: "AWS/DynamoDB", metricName: name, dimensionsMap, ...options });
  }

  /** The stream of the table's changes, each with the item before and after it. */
  get streamArn(): string {
    const { streamArn } = this.#inUse;
    if (streamArn === undefined) throw new Error("the table has no stream");
    return streamArn;
  }

  /**
   * Lets a function do to the table what its contract says, and tells it the table's name. The table's own grants would
   * open every index for every action, so the statements are written here.
   */
  grant(fn: HandlerFunction, access: NonNullable<FunctionSpec["table"]>): void {
    fn.configure("TABLE_NAME", this.#inUse.name);
    fn.allow(
      new PolicyStatement({
        actions: access.actions.map((action) => `dynamodb:${action}`),
        resources: [this.#inUse.arn],
      }),
    );
    if (!access.index) return;
    fn.allow(
      new PolicyStatement({
        actions: ["dynamodb:Query"],
        resources: [`${this.#inUse.arn}/index/${TABLE.index.name}`],
      }),
    );
  }
}
