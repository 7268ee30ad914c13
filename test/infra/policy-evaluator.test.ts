import { describe, expect, it } from "vitest";
import { allows, permissionsOf } from "../support/deployed/policies.ts";
import type { Template } from "./synth.ts";

const TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/t";

describe("a permission", () => {
  const read = { action: "dynamodb:GetItem", resource: TABLE };

  it("covers its action on its resource alone", () => {
    expect(allows([read], { action: "dynamodb:GetItem", resource: TABLE })).toBe(true);
    expect(allows([read], { action: "dynamodb:PutItem", resource: TABLE })).toBe(false);
    expect(allows([read], { action: "dynamodb:GetItem", resource: `${TABLE}/index/i` })).toBe(false);
    expect(allows([read], { action: "dynamodb:GetItem", resource: TABLE.replace("t", "T") })).toBe(false);
    expect(allows([], read)).toBe(false);
  });

  it("covers what its wildcards stand for, and takes nothing else in it for a pattern", () => {
    const below = { action: "s3:Get*", resource: "arn:aws:s3:::b/reports/*" };
    expect(allows([below], { action: "s3:GetObject", resource: "arn:aws:s3:::b/reports/a/b.csv" })).toBe(true);
    expect(allows([below], { action: "s3:GetObject", resource: "arn:aws:s3:::b/other/a" })).toBe(false);
    const dotted = { action: "s3:GetObject", resource: "arn:aws:s3:::a.b/?" };
    expect(allows([dotted], { action: "s3:GetObject", resource: "arn:aws:s3:::a.b/x" })).toBe(true);
    expect(allows([dotted], { action: "s3:GetObject", resource: "arn:aws:s3:::a-b/x" })).toBe(false);
  });
});

describe("what a role may do", () => {
  const policy = (role: string, statement: object) => ({
    Type: "AWS::IAM::Policy",
    Properties: { Roles: [{ Ref: role }], PolicyDocument: { Statement: [{ Effect: "Allow", ...statement }] } },
  });
  const templateOf = (statement: object, role: object = {}): Template => ({
    Outputs: {},
    Resources: {
      Role: { Type: "AWS::IAM::Role", Properties: { ...role } },
      Mine: policy("Role", statement),
      Others: policy("Other", { Action: "s3:GetObject", Resource: "b" }),
    },
  });
  const allowed = { Action: ["dynamodb:GetItem", "dynamodb:Query"], Resource: [TABLE, "other"] };

  it("is each action of its policies on each of their resources", () => {
    const inline = {
      Policies: [{ PolicyDocument: { Statement: [{ Effect: "Allow", Action: "a:B", Resource: "c" }] } }],
    };
    const pairs = permissionsOf(templateOf(allowed, inline), "Role").map(
      ({ action, resource }) => `${action} ${resource}`,
    );
    expect(pairs).toEqual([
      "a:B c",
      `dynamodb:GetItem ${TABLE}`,
      "dynamodb:GetItem other",
      `dynamodb:Query ${TABLE}`,
      "dynamodb:Query other",
    ]);
  });

  it("is not guessed at: what is not weighed here is refused", () => {
    for (const statement of [
      { ...allowed, Effect: "Deny" },
      { NotAction: "a:B", Resource: "c" },
      { Action: "a:B", NotResource: "c" },
    ])
      expect(() => permissionsOf(templateOf(statement), "Role")).toThrow("not a plain Allow");
    expect(() => permissionsOf(templateOf(allowed, { ManagedPolicyArns: ["a"] }), "Role")).toThrow("managed policies");
    expect(() => permissionsOf(templateOf(allowed), "Mine")).toThrow("no role");
  });
});
