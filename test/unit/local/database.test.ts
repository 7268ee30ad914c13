import { tmpdir } from "node:os";
import { DeleteTableCommand, DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { openDatabase } from "../../../tools/local/database.ts";
import { awsEnv } from "../../../tools/local/handler-env.ts";
import { createTestTable } from "../../support/engine.ts";

describe("a database elsewhere", () => {
  it("that does not answer is told in one line", async () => {
    await expect(openDatabase("http://127.0.0.1:1", "table", tmpdir())).rejects.toThrow(
      /^DYNAMODB_ENDPOINT: http:\/\/127\.0\.0\.1:1 cannot open the table table: ECONNREFUSED.*$/,
    );
  });

  it("is used with the table made there, and goes on when the server stops", async () => {
    const { endpoint, tableName, client, drop } = await createTestTable();
    await client.send(new DeleteTableCommand({ TableName: tableName }));
    const first = await openDatabase(endpoint, tableName, tmpdir());
    await first.stop();
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    expect(Table?.TableStatus).toBe("ACTIVE");
    await drop();
  });
});

describe("the region and credentials for an endpoint", () => {
  it("are made up where nobody checks them", () => {
    expect(awsEnv({ endpoint: "http://localhost:8000" })).toEqual({
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_SESSION_TOKEN: undefined,
      AWS_PROFILE: undefined,
    });
  });

  it.each([
    ["https://dynamodb.eu-central-1.amazonaws.com", "eu-central-1"],
    ["https://dynamodb.us-gov-west-1.amazonaws.com", "us-gov-west-1"],
    ["https://dynamodb.eu-west-1.api.aws", "eu-west-1"],
    ["https://123456789012.ddb.ap-southeast-2.amazonaws.com", "ap-southeast-2"],
  ])("are the user's own at AWS: %s", (endpoint, region) => {
    expect(awsEnv({ endpoint })).toEqual({ AWS_REGION: region });
  });

  it("never go to a host that only looks like AWS", () => {
    expect(awsEnv({ endpoint: "https://amazonaws.com.example.org" })).toHaveProperty("AWS_ACCESS_KEY_ID", "local");
  });
});
