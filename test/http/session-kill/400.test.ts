import { describe, expect, it } from "vitest";
import { expectProblem } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";

const server = sharedServer();
const send = async (path: string, scopes: Parameters<ReturnType<typeof server>["accessToken"]>[0]) => {
  const bearer = await server().accessToken(scopes);
  return leavingNoTrace(server(), () => server().call("DELETE", path, { bearer }));
};

describe("killing with bad input", () => {
  it.each(["?naemspace=shop", "?limit=5", "?namespace=", "?user=a%00b", "?namespace=shop&naemspace=shop"])(
    "is a 400 and kills nothing, above all not everything: %s",
    async (query) => {
      await operatorAt(server()).starts("s-1", "ana", { ci: true });
      const answer = await send(`/api/v1/sessions${query}`, ["sessions:deletecollection"]);
      expect(answer.status).toBe(400);
    },
  );

  it("is a 400 for a parameter on a single session, reported together with the fault of its id", async () => {
    expectProblem(await send("/api/v1/sessions/s-1?force=true", ["sessions:delete"]), 400, "BadRequest", [
      "query.force",
    ]);
    const both = await send("/api/v1/sessions/a%23b?force=true", ["sessions:delete"]);
    expectProblem(both, 400, "BadRequest", ["query.force", "path.id"]);
  });

  it("takes the scope of the one for the one, and of the many for the many", async () => {
    expect((await send("/api/v1/sessions/s-1", ["sessions:deletecollection"])).status).toBe(403);
    expect((await send("/api/v1/sessions", ["sessions:delete"])).status).toBe(403);
    expect((await server().call("DELETE", "/api/v1/sessions")).status).toBe(403);
  });
});
