import {
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { ensureTable } from "../../local/table.ts";
import { localClient } from "../local-client.ts";

/** The least that a function could do with the table, straight from the SDK's client. */
export type EngineClient = {
  /** One `UpdateItem` that answers the whole item, as a heartbeat needs. */
  update(lane: number): Promise<void>;
  /** One transaction of four small items, as a claim needs. */
  transact(lane: number): Promise<void>;
  close(): void;
};

const TABLE_NAME = "yardstick";

/** On a table of its own in the engine. */
export const createEngineClient = async (endpoint: string): Promise<EngineClient> => {
  const client = localClient(endpoint);
  await ensureTable(client, TABLE_NAME);
  return {
    async update(lane) {
      await client.send(
        new UpdateItemCommand({ ...addOne(`LANE#${lane}`, "ITEM"), ReturnValues: "ALL_NEW", TableName: TABLE_NAME }),
      );
    },
    async transact(lane) {
      const items = [0, 1, 2, 3].map((item) => ({
        Update: { ...addOne(`LANE#${lane}`, `ITEM#${item}`), TableName: TABLE_NAME },
      }));
      await client.send(
        new TransactWriteItemsCommand({ TransactItems: items } satisfies TransactWriteItemsCommandInput),
      );
    },
    close: () => client.destroy(),
  };
};

const addOne = (pk: string, sk: string) => ({
  Key: { pk: { S: pk }, sk: { S: sk } },
  UpdateExpression: "ADD #count :one",
  ExpressionAttributeNames: { "#count": "count" },
  ExpressionAttributeValues: { ":one": { N: "1" } },
});
