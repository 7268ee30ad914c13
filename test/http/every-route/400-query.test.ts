import { describe, expect, it } from "vitest";
import { ROUTES } from "../../../shared/contract/routes.ts";
import { SCOPES } from "../../../shared/contract/scopes.ts";
import { expectProblem } from "../../support/answers.ts";
import { CATALOG_ROUTES, goodRequest } from "../../support/requests.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";

const server = sharedServer({ env: { ADMIN_BY_LICENSE_KEY: "true" } });

// Names that every object has, or that could reach its prototype, are as unknown as any other.
const HOSTILE = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"];

// Monitors add parameters to its address, against caches.
const STRICT = ROUTES.map(({ name }) => name).filter((name) => name !== "health");

describe("health", () => {
  it.each(["nocache=1", "x", "=1", "%ff", "x=1&x=2", "__proto__=1"])("ignores the query %s", async (query) => {
    const answer = await server().call("GET", `/health?${query}`, { key: undefined });
    expect([answer.status, answer.json]).toEqual([200, { status: "ok" }]);
  });
});

describe.each(STRICT)("%s", (name) => {
  const send = async (query: string) => {
    const bearer = CATALOG_ROUTES.includes(name) ? { bearer: await server().accessToken(SCOPES) } : {};
    const { method, path, body } = goodRequest(name, server().clock.now);
    const url = `${path}${path.includes("?") ? "&" : "?"}${query}`;
    return leavingNoTrace(server(), () =>
      server().call(method, url, { ...bearer, ...(body === undefined ? {} : { body }) }),
    );
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
