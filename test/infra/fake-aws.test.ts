import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FakeAws, startFakeAws } from "../support/deployed/fake-aws.ts";
import { type AwsCall, allows } from "../support/deployed/policies.ts";

const SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:one-AbC123";
const PERMISSIONS: Record<string, AwsCall[]> = {
  reader: [{ action: "secretsmanager:GetSecretValue", resource: SECRET }],
};

describe("the AWS that deployed functions are tested against", () => {
  const asked: string[] = [];
  let aws: FakeAws;
  beforeAll(async () => {
    aws = await startFakeAws({
      endpoint: "http://127.0.0.1:1",
      tableName: "real",
      deployedTable: "deployed",
      authorize: (signer, call) => {
        asked.push(`${signer} ${call.action} ${call.resource}`);
        return allows(PERMISSIONS[signer] ?? [], call);
      },
    });
    aws.secrets.set(SECRET, "its value");
  });
  afterAll(() => aws.stop());

  const send = (signer: string, service: string, target: string, body: object) =>
    fetch(aws.endpoint, {
      method: "POST",
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${signer}/20261110/eu-central-1/${service}/aws4_request, Signature=0`,
        "x-amz-target": target,
      },
      body: JSON.stringify(body),
    });
  const reads = (signer: string) =>
    send(signer, "secretsmanager", "secretsmanager.GetSecretValue", { SecretId: SECRET });

  it("does what the signer's policy allows", async () => {
    expect(await (await reads("reader")).json()).toMatchObject({ SecretString: "its value" });
  });

  it("refuses whoever has no such policy, and says nothing of what was asked for", async () => {
    const answer = await reads("stranger");
    expect([answer.status, await answer.json()]).toEqual([400, { __type: "AccessDeniedException" }]);
  });

  it("asks about every part of a transaction, and does none of it where one is refused", async () => {
    asked.length = 0;
    const items = [{ Put: { TableName: "deployed" } }, { ConditionCheck: { TableName: "deployed" } }];
    const answer = await send("reader", "dynamodb", "DynamoDB_20120810.TransactWriteItems", { TransactItems: items });
    expect(answer.status).toBe(400);
    const table = "arn:aws:dynamodb:eu-central-1:123456789012:table/deployed";
    expect(asked).toEqual([`reader dynamodb:PutItem ${table}`, `reader dynamodb:ConditionCheckItem ${table}`]);
  });
});
