import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { apiGatewayPath, matchRoute, ROUTES } from "../../../shared/contract/routes.ts";

const found = (method: string, path: string) => {
  const match = matchRoute(method, path);
  return match.found ? { name: match.route.name, id: match.id } : { allow: match.allow };
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
    expect(open.toSorted()).toEqual(["/.well-known/jwks.json", "/dashboard", "/health", "/openapi.json"]);
  });
});

describe("matchRoute", () => {
  it.each(ROUTES.map((route) => [route.method, route.path, route.name] as const))(
    "finds %s %s",
    (method, path, name) => {
      expect(found(method, path.replace("{id}", "s-1"))).toEqual({
        name,
        id: path.includes("{id}") ? "s-1" : undefined,
      });
    },
  );

  it("gives back any id, whether the front decoded the path or left it encoded", () => {
    fc.assert(
      fc.property(ids, (id) => {
        const expected = { name: "sessionEnd", id };
        expect(found("POST", `/api/v1/sessions/${id}/end`)).toEqual(expected);
        expect(found("POST", `/api/v1/sessions/${encodeURIComponent(id)}/end`)).toEqual(expected);
      }),
    );
  });

  it("takes an id that looks like the rest of the path for an id", () => {
    expect(found("POST", "/api/v1/sessions/a/end/end")).toEqual({ name: "sessionEnd", id: "a/end" });
    expect(found("POST", "/api/v1/sessions/end/end")).toEqual({ name: "sessionEnd", id: "end" });
  });

  it("decodes once only", () => {
    expect(found("POST", "/api/v1/sessions/a%252Fb/end")).toEqual({ name: "sessionEnd", id: "a%2Fb" });
  });

  it("leaves an id with a broken percent escape as it is, for the id check to refuse", () => {
    expect(found("POST", "/api/v1/sessions/%zz/end")).toEqual({ name: "sessionEnd", id: "%zz" });
    expect(found("POST", "/api/v1/sessions/%ff/end")).toEqual({ name: "sessionEnd", id: "%ff" });
  });

  it.each([
    ["PUT", "/api/v1/sessions", ["DELETE", "GET", "POST"]],
    ["DELETE", "/api/v1/license", ["GET", "POST"]],
    ["GET", "/api/v1/heartbeat", ["POST"]],
    ["GET", "/api/v1/sessions/s-1/end", ["DELETE", "POST"]],
    // An id may hold anything, "end" included: it is one that could be killed.
    ["POST", "/api/v1/sessions/end", ["DELETE"]],
    ["POST", "/api/v1/sessions//end", ["DELETE"]],
    ["POST", "/health", ["GET"]],
    ["get", "/health", ["GET"]],
  ])("tells %s %s which methods there are", (method, path, allow) => {
    const match = found(method, path);
    expect({ allow: match.allow?.toSorted() }).toEqual({ allow });
  });

  it.each([
    "/",
    "",
    "/api/v1/nothing",
    "/api/v1/license/",
    "/api/v1/licenses",
    "/prefix/api/v1/license",
    "/openapixjson",
    "/HEALTH",
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
