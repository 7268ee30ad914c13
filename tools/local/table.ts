import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { TABLE } from "../../shared/contract/keys.ts";

/** The request that creates the table as CDK deploys it: on demand, with its one index of whole items. */
export const tableRequest = (tableName: string): CreateTableCommandInput => ({
  TableName: tableName,
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [TABLE.partitionKey, TABLE.sortKey, TABLE.index.partitionKey, TABLE.index.sortKey].map(
    (name) => ({ AttributeName: name, AttributeType: "S" }),
  ),
  KeySchema: keySchema(TABLE),
  GlobalSecondaryIndexes: [
    { IndexName: TABLE.index.name, KeySchema: keySchema(TABLE.index), Projection: { ProjectionType: "ALL" } },
  ],
});

/** Creates the table, with its expiry, unless it exists. */
export const ensureTable = async (client: DynamoDBClient, tableName: string): Promise<void> => {
  if (await exists(client, tableName)) return;
  try {
    await client.send(new CreateTableCommand(tableRequest(tableName)));
  } catch (error) {
    if (error instanceof ResourceInUseException) return;
    throw error;
  }
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName: tableName });
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: tableName,
      TimeToLiveSpecification: { AttributeName: TABLE.ttlAttribute, Enabled: true },
    }),
  );
};

// Asked first, so that a table that exists needs no permission to create one.
const exists = async (client: DynamoDBClient, tableName: string): Promise<boolean> => {
  try {
    await client.send(new DescribeTableCommand({ TableName: tableName }));
    return true;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
};

const keySchema = (keys: { partitionKey: string; sortKey: string }): CreateTableCommandInput["KeySchema"] => [
  { AttributeName: keys.partitionKey, KeyType: "HASH" },
  { AttributeName: keys.sortKey, KeyType: "RANGE" },
];
