import { describe, it } from "vitest";
import { expectProblem } from "../../support/answers.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";

const server = sharedServer();

describe("the seats refuse", () => {
  it.each([
    ["summary=1", ["query.summary"]],
    ["summary=", ["query.summary"]],
    ["summary=TRUE", ["query.summary"]],
    ["summary=true&summary=true", ["query.summary"]],
    ["Summary=true", ["query.Summary"]],
    ["summary=maybe&limit=5001&user=ana", ["query.summary", "query.limit", "query.user"]],
  ])("%s", async (query, paths) => {
    const answer = await leavingNoTrace(server(), () => server().call("GET", `/api/v1/seats?${query}`));
    expectProblem(answer, 400, "BadRequest", paths);
  });
});
