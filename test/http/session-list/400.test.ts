import { describe, expect, it } from "vitest";
import { expectProblem } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";

const server = sharedServer();
const ask = (query: string) => leavingNoTrace(server(), () => server().call("GET", `/api/v1/sessions?${query}`));
const refuse = async (query: string, paths: readonly string[]) =>
  expectProblem(await ask(query), 400, "BadRequest", paths);
const cursorOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("the session list refuses", () => {
  it.each([
    ["limit=0", "query.limit"],
    ["limit=1001", "query.limit"],
    ["limit=-1", "query.limit"],
    ["limit=1.5", "query.limit"],
    ["limit=ten", "query.limit"],
    ["limit=", "query.limit"],
    ["limit=1e2", "query.limit"],
    ["namespace=", "query.namespace"],
    [`namespace=${"n".repeat(129)}`, "query.namespace"],
    ["namespace=a%0Ab", "query.namespace"],
    [`user=${"u".repeat(637)}`, "query.user"],
    ["user=%00", "query.user"],
    [`cluster=${"c".repeat(129)}`, "query.cluster"],
    ["Namespace=shop", "query.Namespace"],
    ["limit=1&limit=1", "query.limit"],
    ["cursor=", "query.cursor"],
    [`cursor=${"c".repeat(2_049)}`, "query.cursor"],
  ])("%s", async (query, path) => {
    await refuse(query, [path]);
  });

  it("all faults of a query at once", async () => {
    await refuse("limit=0&namespace=&user=a&user=b&colour=red", [
      "query.limit",
      "query.namespace",
      "query.user",
      "query.colour",
    ]);
  });

  const AFTER = { pk: "SESSION#s-1", sk: "SESSION", list: "LIVE#op-1", at: "2026-11-10T12:00:00.000Z" };

  it.each<[string, string]>([
    ["of another making", "abc"],
    ["that is no base64", "%25%25"],
    ["of JSON that is no object", cursorOf([])],
    ["without an operator", cursorOf({ after: AFTER })],
    ["of another list", cursorOf({ instanceId: "op-1", after: { ...AFTER, list: "ENDED#2026-11-10" } })],
    ["of another operator's list", cursorOf({ instanceId: "op-2", after: AFTER })],
    ["with a key too many", cursorOf({ instanceId: "op-1", after: { ...AFTER, x: "y" } })],
    ["with a key too few", cursorOf({ instanceId: "op-1", after: { pk: AFTER.pk, sk: AFTER.sk } })],
    ["with a key of another type", cursorOf({ instanceId: "op-1", after: { ...AFTER, at: 5 } })],
    ["with an empty key", cursorOf({ instanceId: "op-1", after: { ...AFTER, pk: "", at: "" } })],
    ["with a key of too many bytes", cursorOf({ instanceId: "op-1", after: { ...AFTER, at: "€".repeat(342) } })],
    ["with more in it", cursorOf({ instanceId: "op-1", table: "another" })],
    ["with a hostile __proto__", Buffer.from(`{"__proto__":{"instanceId":"op-1"}}`).toString("base64url")],
  ])("a cursor %s", async (_what, cursor) => {
    await operatorAt(server()).starts("s-1");
    await refuse(`cursor=${cursor}`, ["query.cursor"]);
  });
});

describe("a cursor that somebody made up", () => {
  it("never opens more than the list itself", async () => {
    await operatorAt(server()).starts("s-1");
    const after = { pk: "OPERATORS", sk: "op-1", list: "LIVE#op-1", at: "0" };
    const answer = await ask(`cursor=${cursorOf({ instanceId: "op-1", after })}`);
    expect([200, 400]).toContain(answer.status);
    for (const session of answer.json.sessions ?? []) expect(session.instance_id).toBe("op-1");
  });
});
