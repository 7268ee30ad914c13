import { describe, expect, it } from "vitest";
import { parseConfig } from "../../infra/config.ts";
import { onlyResource, resourcesOf, synthesize } from "./synth.ts";

const NAME = "license-server-restored";
const STREAM = `arn:aws:dynamodb:eu-central-1:123456789012:table/${NAME}/stream/2026-11-21T03:00:00.000`;

const before = synthesize();
const after = synthesize({ table: { name: NAME } });

const problemsOf = (settings: unknown): string[] => {
  const parsed = parseConfig(settings);
  return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`);
};

describe("a server that is pointed at an existing table", () => {
  it("gives every function that works on a table that one and no other", () => {
    const functions = resourcesOf(after.service, "AWS::Lambda::Function").map(([, { Properties }]) => Properties);
    const names = functions.flatMap(({ Environment: environment }) => {
      const { Variables: variables } = (environment ?? { Variables: {} }) as { Variables: Record<string, unknown> };
      return "TABLE_NAME" in variables ? [variables["TABLE_NAME"]] : [];
    });
    expect(names.length).toBeGreaterThan(5);
    expect(new Set(names)).toEqual(new Set([NAME]));

    const policies = JSON.stringify(resourcesOf(after.service, "AWS::IAM::Policy"));
    expect(policies).toContain(`:table/${NAME}"`);
    expect(policies).toContain(`:table/${NAME}"]]},"/index/list-at"`);
    expect(policies).not.toContain(onlyResource(after.data, "AWS::DynamoDB::GlobalTable").id);
  });

  it("watches that table and reads its stream", () => {
    const { service } = synthesize({ table: { name: NAME, streamArn: STREAM }, events: { enabled: true } });
    expect(onlyResource(service, "AWS::Pipes::Pipe").Properties["Source"]).toBe(STREAM);
    const alarms = JSON.stringify(resourcesOf(after.service, "AWS::CloudWatch::Alarm"));
    expect(alarms).toContain(`{"Name":"TableName","Value":"${NAME}"}`);
  });

  it("leaves the data stack's own table as it is", () => {
    expect(onlyResource(after.data, "AWS::DynamoDB::GlobalTable")).toEqual(
      onlyResource(before.data, "AWS::DynamoDB::GlobalTable"),
    );
  });

  it("is refused where something of it is wrong, and where there are events but no stream of that table", () => {
    expect(problemsOf({ table: { name: NAME, streamArn: STREAM }, events: { enabled: true } })).toEqual([]);
    expect(problemsOf({ table: { name: NAME }, events: { enabled: true } })).toEqual([
      "table: needs a streamArn because events are on",
    ]);
    expect(problemsOf({ table: { name: "arn:aws:dynamodb:x" } })).toEqual([
      "table.name: must be the name of a table, not an ARN",
    ]);
    expect(problemsOf({ table: { name: "another", streamArn: STREAM } })).toEqual([
      "table: streamArn must belong to the table in name",
    ]);
    expect(problemsOf({ region: "us-east-1", table: { name: NAME, streamArn: STREAM } })).toEqual([
      "table.streamArn: must be in the configured region, us-east-1",
    ]);
  });
});
