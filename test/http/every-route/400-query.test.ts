import { describe, expect, it } from "vitest";
import { ROUTES } from "../../../shared/contract/routes.ts";
import { expectProblem } from "../../support/answers.ts";
import { goodRequest } from "../../support/requests.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";

const server = sharedServer({ env: { ADMIN_BY_LICENSE_KEY: "true" } });

// Names that every object has, or that could reach its prototype, are as unknown as any other.
const HOSTILE = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"];

describe.each(ROUTES.map(({ name }) => name))("%s", (name) => {
  const send = (query: string) => {
    const { method, path, body } = goodRequest(name, server().clock.now);
    const url = `${path}${path.includes("?") ? "&" : "?"}${query}`;
    return leavingNoTrace(server(), () => server().call(method, url, body === undefined ? {} : { body }));
  };

  it("names every unknown parameter", async () => {
    const paths = ["query.colour", "query.FORMAT", "query. "];
    expectProblem(await send("colour=red&FORMAT=x&%20=1"), 400, "BadRequest", paths);
  });

  it("takes a parameter without a name or a value for one it does not know", async () => {
    expectProblem(await send("colour"), 400, "BadRequest", ["query.colour"]);
    expectProblem(await send("=1"), 400, "BadRequest", ["query"]);
    expectProblem(await send("?"), 400, "BadRequest", ["query.?"]);
  });

  it.each(HOSTILE)("knows no parameter %s", async (parameter) => {
    expectProblem(await send(`${parameter}=1`), 400, "BadRequest", [`query.${parameter}`]);
    expectProblem(await send(`${parameter}[x]=1`), 400, "BadRequest", [`query.${parameter}[x]`]);
  });

  it("names a parameter that is repeated, even with one value", async () => {
    const answer = expectProblem(await send("colour=red&colour=red"), 400, "BadRequest");
    expect(new Set(answer.json.errors.map(({ path }: { path: string }) => path))).toEqual(new Set(["query.colour"]));
  });
});
