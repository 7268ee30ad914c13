import { afterEach, describe, expect, it } from "vitest";
import { methodsOf } from "../../../shared/contract/match-route.ts";
import { ROUTES, withPathId } from "../../../shared/contract/routes.ts";
import { expectProblem } from "../../support/answers.ts";
import { LICENSE_KEY } from "../../support/app.ts";
import { exactPath } from "../../support/requests.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";
import { leaseToken } from "../../support/tokens.ts";

const server = sharedServer();
afterEach(() => server().logs.splice(0));

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
const PATHS = [...new Set(ROUTES.map(exactPath))];

// An id is any text: where a path ends with an id, `s-1/end` and `history` are ids, too.
const isAt = (pattern: string, path: string) =>
  exactPath({ path: pattern }) === path ||
  (pattern.endsWith("{id}") && path.startsWith(withPathId({ path: pattern }, "")));
const methodsAt = (path: string): string[] => [
  ...new Set(ROUTES.filter((route) => isAt(route.path, path)).flatMap(methodsOf)),
];

const WRONG = PATHS.flatMap((path) =>
  METHODS.filter((method) => !methodsAt(path).includes(method)).map((method) => [method, path] as const),
);

const NOWHERE = ["/api", "/api/v1", "/api/v1/licenses", "/API/v1/license", "/api/v2/license"];

describe("a method that a path has not", () => {
  it.each(WRONG)("%s %s is a 405 that names those it has", async (method, path) => {
    const answer = await leavingNoTrace(server(), () => server().call(method, path));
    // An answer to HEAD has no body.
    if (method === "HEAD") expect(answer.status).toBe(405);
    else expectProblem(answer, 405, "MethodNotAllowed");
    expect(answer.headers["allow"]?.split(", ").toSorted()).toEqual(methodsAt(path).toSorted());
  });
});

describe("a path that there is not", () => {
  it.each(NOWHERE.flatMap((path) => ["GET", "POST", "OPTIONS"].map((method) => [method, path] as const)))(
    "%s %s is a 404 without Allow",
    async (method, path) => {
      const answer = await leavingNoTrace(server(), () => server().call(method, path, { raw: "{" }));
      expectProblem(answer, 404, "NotFound");
      expect(answer.headers).not.toHaveProperty("allow");
    },
  );

  it("answers a stranger as it answers a holder of the key", async () => {
    expectProblem(await server().call("GET", "/api/v1/nothing", { key: undefined }), 404, "NotFound");
    expectProblem(await server().call("PUT", "/api/v1/license", { key: "wrong" }), 405, "MethodNotAllowed");
  });
});

describe("an unknown route", () => {
  const ask = (options: object) =>
    server().call("POST", "/api/v1/operator/hello?token=hush", { raw: `{"word":"hush"}`, ...options });
  const told = () => server().logs.filter(({ message }) => message === "unknown route");

  it("is logged where the key was right: method, path and size, nothing of query or body", async () => {
    await ask({ key: LICENSE_KEY });
    expect(told()).toEqual([
      expect.objectContaining({ level: "WARN", method: "POST", path: "/api/v1/operator/hello", body_bytes: 15 }),
    ]);
    expect(JSON.stringify(server().logs)).not.toContain("hush");
  });

  it.each([
    ["of a path that has others", "PUT", "/api/v1/license"],
    ["of a path that only another method has", "POST", "/api/v1/sessions/s-1"],
    ["of a path whose beginning another route has", "POST", "/api/v1/sessions/s-1/heartbeat"],
  ])("is logged for a method %s, too", async (_what, method, path) => {
    await server().call(method, path, { key: LICENSE_KEY });
    expect(told()).toEqual([expect.objectContaining({ method, path, body_bytes: 0 })]);
  });

  it.each([
    ["no key", { key: undefined }],
    ["a wrong key", { key: "a-license-key-for-tests-0123456780" }],
    ["an empty key", { key: "" }],
  ])("is not worth a line with %s", async (_what, options) => {
    await ask(options);
    expect(server().logs).toEqual([]);
  });

  it("is answered to a lease token as to anybody", async () => {
    const bearer = await leaseToken(server());
    expectProblem(await ask({ bearer, key: undefined }), 404, "NotFound");
  });
});
