import { type DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import type { Item } from "./table.ts";

/** Every item of the table, in no order, in pages. Only for commands that people run: no function may scan. */
export type Scan = () => AsyncIterable<readonly Item[]>;

/** Scans consistently: it sees everything that was committed before it began. */
export const scanOf = (client: DynamoDBDocumentClient, tableName: string): Scan =>
  async function* () {
    let startKey: Item | undefined;
    do {
      const page = await client.send(
        new ScanCommand({ TableName: tableName, ConsistentRead: true, ExclusiveStartKey: startKey }),
      );
      yield (page.Items ?? []) as Item[];
      startKey = page.LastEvaluatedKey;
    } while (startKey !== undefined);
  };
