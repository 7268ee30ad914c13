import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchRoute } from "../../../shared/contract/match-route.ts";
import { apiGatewayPath, ROUTES, withPathId } from "../../../shared/contract/routes.ts";

const found = (method: string, path: string) => {
  const match = matchRoute(method, path);
  return match.found ? { name: match.route.name, id: match.id, exact: match.exact } : { allow: match.allow };
};

const ID_CHARACTERS = [..."ABCXYZabcxyz0189._:@/+=-"];
const ids = fc.array(fc.constantFrom(...ID_CHARACTERS), { minLength: 1, maxLength: 128 }).map((list) => list.join(""));

describe("the list of routes", () => {
  it("names each route once, and each method of a path once", () => {
    const names = ROUTES.map(({ name }) => name);
    const operations = ROUTES.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(operations).size).toBe(operations.length);
  });

  it("opens to anybody only what holds no secret", () => {
    const open = ROUTES.filter(({ auth }) => auth.length === 0).map(({ path }) => path);
    expect(open.toSorted()).toEqual(["/", "/.well-known/jwks.json", "/dashboard", "/health", "/openapi.json"]);
  });
});

describe("matchRoute", () => {
  it.each(ROUTES.map((route) => [route.method, route.path, route.name] as const))(
    "finds %s %s",
    (method, path, name) => {
      const id = path.includes("{kind}") ? "MirrordPolicy/status" : path.includes("{id}") ? "s-1" : undefined;
      expect(found(method, withPathId({ path }, id ?? ""))).toEqual({ name, id, exact: true });
    },
  );

  it("gives back any id as the front has decoded it", () => {
    fc.assert(
      fc.property(ids, (id) => {
        expect(found("POST", `/api/v1/sessions/${id}/end`)).toEqual({ name: "sessionEnd", id, exact: true });
        expect(found("POST", `//api/v1//sessions/${id}/end/`)).toEqual({ name: "sessionEnd", id, exact: false });
        expect(found("DELETE", `/api//v1/seats/${id}`)).toEqual({ name: "seatRelease", id, exact: false });
      }),
    );
  });

  it("takes an id that looks like the rest of the path for an id", () => {
    expect(found("POST", "/api/v1/sessions/a/end/end")).toMatchObject({ name: "sessionEnd", id: "a/end" });
    expect(found("POST", "/api/v1/sessions/end/end")).toMatchObject({ name: "sessionEnd", id: "end" });
    expect(found("POST", "/api/v1/sessions/a//end")).toMatchObject({ name: "sessionEnd", id: "a/" });
    expect(found("DELETE", "/api/v1/sessions/a/")).toMatchObject({ name: "sessionKill", id: "a/" });
  });

  it("decodes nothing: the front has done it", () => {
    for (const id of ["a%2Fb", "%zz", "%ff", "%"])
      expect(found("POST", `/api/v1/sessions/${id}/end`)).toMatchObject({ name: "sessionEnd", id });
    expect(found("GET", "/api%2Fv1/license")).toEqual({ allow: [] });
  });

  it("serves HEAD wherever GET is served", () => {
    for (const { method, path, name } of ROUTES)
      if (method === "GET") expect(found("HEAD", path)).toMatchObject({ name });
    expect(found("HEAD", "/api/v1/heartbeat")).toEqual({ allow: ["POST"] });
  });

  it.each([
    ["GET", "/health/"],
    ["GET", "//health"],
    ["GET", "/api/v1//license//"],
    ["POST", "/api/v1/sessions/"],
    ["DELETE", "//api/v1/sessions"],
    ["GET", "//"],
  ])("finds %s %s in spite of a slash too many", (method, path) => {
    expect(found(method, path)).toMatchObject({ name: expect.any(String), id: undefined, exact: false });
  });

  it.each([
    ["PUT", "/api/v1/sessions", ["DELETE", "GET", "HEAD", "POST"]],
    ["DELETE", "/api/v1/license", ["GET", "HEAD", "POST"]],
    ["GET", "/api/v1/heartbeat", ["POST"]],
    ["GET", "/api/v1/sessions/s-1/end", ["DELETE", "POST"]],
    // An id may hold anything, "end" included: it is one that could be killed.
    ["POST", "/api/v1/sessions/end", ["DELETE"]],
    ["POST", "/api/v1/sessions//end", ["DELETE"]],
    // A request to stop one session, whose id is missing, is no request to stop all.
    ["DELETE", "/api/v1/sessions/", ["GET", "HEAD", "POST"]],
    ["DELETE", "/api/v1/seats/", ["GET", "HEAD"]],
    ["POST", "/health", ["GET", "HEAD"]],
    ["get", "/health", ["GET", "HEAD"]],
  ])("tells %s %s which methods there are", (method, path, allow) => {
    const match = found(method, path);
    expect({ allow: match.allow?.toSorted() }).toEqual({ allow });
  });

  it.each([
    "",
    "health",
    "/api/v1/nothing",
    "/api/v1/licenses",
    "/prefix/api/v1/license",
    "/openapixjson",
    "/HEALTH",
    "/health/x",
    "/health.",
    "/./health",
    "/api/v1/../v1/license",
  ])("knows no route %j", (path) => {
    expect(found("POST", path)).toEqual({ allow: [] });
    expect(found("GET", path)).toEqual({ allow: [] });
  });
});

describe("apiGatewayPath", () => {
  it("leaves a path without an id as it is", () => {
    expect(apiGatewayPath({ path: "/api/v1/license" })).toBe("/api/v1/license");
  });

  it("takes everything from the id on as one greedy variable", () => {
    expect(apiGatewayPath({ path: "/api/v1/sessions/{id}/end" })).toBe("/api/v1/sessions/{proxy+}");
  });

  it("sends no path to a function other than the one that serves it", () => {
    const functions = new Map<string, Set<string>>();
    for (const route of ROUTES) {
      const key = `${route.method} ${apiGatewayPath(route)}`;
      functions.set(key, (functions.get(key) ?? new Set()).add(route.function));
    }
    expect([...functions].filter(([, served]) => served.size > 1)).toEqual([]);
  });
});
