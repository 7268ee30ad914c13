import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { Metric, type MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import { AttributeType, Billing, ProjectionType, StreamViewType, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { partitionsFor, type TableAccess, type TableAction } from "../../shared/contract/functions.ts";
import { LISTS, PARTITIONS, TABLE } from "../../shared/contract/keys.ts";
import type { DeployConfig } from "../config.ts";
import { publish } from "../publish.ts";
import type { HandlerFunction } from "./handler-function.ts";

export type ServerTableProps = {
  existing: DeployConfig["table"];
  tags: DeployConfig["tags"];
};

/** The table that functions use: the one created here, or an existing one. */
type TableInUse = { name: string; arn: string; streamArn: string | undefined };

/**
 * The one table: on demand, recoverable to any second of the last 35 days, and retained if its stack is deleted. If the
 * configuration names an existing table, functions use that one. The table created here then stays idle and loses nothing.
 * To use it again, remove the name from the configuration.
 */
export class ServerTable extends Construct {
  readonly #inUse: TableInUse;

  constructor(scope: Construct, id: string, { existing, tags }: ServerTableProps) {
    super(scope, id);
    const made = this.#make(tags);
    const arnOf = (name: string) =>
      Stack.of(this).formatArn({ service: "dynamodb", resource: "table", resourceName: name });
    const { name, arn, streamArn } =
      existing === undefined
        ? { name: made.tableName, arn: made.tableArn, streamArn: made.tableStreamArn }
        : { name: existing.name, arn: arnOf(existing.name), streamArn: existing.streamArn };
    const stream = publish(this, "TableStreamArn", streamArn ?? "none", "The stream of the DynamoDB table in use");
    this.#inUse = {
      name: publish(this, "TableName", name, "The DynamoDB table in use"),
      arn: publish(this, "TableArn", arn, "The ARN of the DynamoDB table in use"),
      streamArn: streamArn === undefined ? undefined : stream,
    };
  }

  #make(tags: DeployConfig["tags"]): TableV2 {
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
      // Costs nothing while nothing reads it. It stays on, because switching it on again would create another stream.
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      // The tags of its stack do not reach a global table, only those of its replica do.
      ...(Object.keys(tags).length === 0 ? {} : { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) }),
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  get tableName(): string {
    return this.#inUse.name;
  }

  /** A metric of the table itself; not one that DynamoDB counts by operation. */
  metric(name: string, options: MetricOptions): Metric {
    const dimensionsMap = { TableName: this.tableName };
    return new Metric({ namespace: "AWS/DynamoDB", metricName: name, dimensionsMap, ...options });
  }

  /** The same metric of the index, which the table's does not include (DynamoDB developer guide, "Metrics and dimensions"). */
  indexMetric(name: string, options: MetricOptions): Metric {
    const dimensionsMap = { TableName: this.tableName, GlobalSecondaryIndexName: TABLE.index.name };
    return new Metric({ namespace: "AWS/DynamoDB", metricName: name, dimensionsMap, ...options });
  }

  /** The stream of the table's changes, each with the item before and after. Throws if the table has none. */
  get streamArn(): string {
    const { streamArn } = this.#inUse;
    if (streamArn === undefined) throw new Error("the table has no stream");
    return streamArn;
  }

  /**
   * Grants a function the actions of its contract in the partitions of its contract, and sets the variable with the table's name.
   * The grants of the CDK's table would allow every action on every item and index, so the statements are written here.
   */
  grant(fn: HandlerFunction, access: TableAccess): void {
    fn.configure("TABLE_NAME", this.#inUse.name);
    const { arn } = this.#inUse;
    const { actions, lists } = access;
    const byPartitions = Map.groupBy(actions, (action) => partitionsFor(access, action).join());
    for (const together of byPartitions.values()) {
      const [first] = together;
      const names = first === undefined ? [] : partitionsFor(access, first);
      this.#allow(
        fn,
        together,
        arn,
        names.map((name) => PARTITIONS[name]),
      );
    }
    this.#allow(
      fn,
      lists.length === 0 ? [] : ["Query"],
      `${arn}/index/${TABLE.index.name}`,
      lists.map((name) => LISTS[name]),
    );
  }

  // An operator for all values is true if there are none, so the second condition requires one (IAM user guide, "Set operators for
  // multi-value context keys"). The leading key of the index is its own partition key.
  #allow(fn: HandlerFunction, actions: readonly TableAction[], resource: string, keys: readonly string[]): void {
    if (actions.length === 0) return;
    fn.allow(
      new PolicyStatement({
        actions: actions.map((action) => `dynamodb:${action}`),
        resources: [resource],
        conditions: {
          "ForAllValues:StringLike": { [LEADING_KEYS]: keys },
          Null: { [LEADING_KEYS]: "false" },
        },
      }),
    );
  }
}

const LEADING_KEYS = "dynamodb:LeadingKeys";
