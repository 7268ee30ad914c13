import { join } from "node:path";
import { build } from "esbuild";
import { BUNDLING } from "../../../shared/contract/bundling.ts";

/**
 * The files of what the functions are compared with: nothing at all, a client of DynamoDB and nothing else, and one that
 * makes the least call that a function makes.
 */
export type Yardsticks = Readonly<Record<"empty" | "client" | "caller", string>>;

const SOURCES: Yardsticks = {
  empty: "export const handler = async () => ({ statusCode: 200 });",
  client: `
    import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
    export const client = new DynamoDBClient({});
    export const handler = async () => ({ statusCode: 200 });`,
  caller: `
    import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
    const client = new DynamoDBClient({ endpoint: process.env.DYNAMODB_ENDPOINT });
    export const handler = async () => {
      const Key = { pk: { S: "YARDSTICK" }, sk: { S: "YARDSTICK" } };
      await client.send(new UpdateItemCommand({ TableName: process.env.TABLE_NAME, Key }));
      return { statusCode: 200 };
    };`,
};

/** Bundles the yardsticks just as the functions are bundled; answers their files. */
export const bundleYardsticks = async (intoDir: string): Promise<Yardsticks> => ({
  empty: await bundleSource("empty", intoDir),
  client: await bundleSource("client", intoDir),
  caller: await bundleSource("caller", intoDir),
});

const bundleSource = async (name: keyof Yardsticks, intoDir: string): Promise<string> => {
  const outfile = join(intoDir, `${name}.cjs`);
  await build({
    ...BUNDLING,
    stdin: { contents: SOURCES[name], resolveDir: import.meta.dirname },
    bundle: true,
    outfile,
    logLevel: "silent",
  });
  return outfile;
};
