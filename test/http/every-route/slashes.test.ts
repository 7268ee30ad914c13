import { describe, expect, it } from "vitest";
import { create as createFallback } from "../../../functions/fallback/handler.ts";
import { ROUTES, type RouteName } from "../../../shared/contract/routes.ts";
import { SCOPES } from "../../../shared/contract/scopes.ts";
import { createRuntime } from "../../../shared/http/runtime.ts";
import { LICENSE_KEY, toEvent } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { goodRequest } from "../../support/requests.ts";
import { serverPerTest, sharedServer } from "../../support/server.ts";

const NAMES: readonly RouteName[] = ROUTES.map(({ name }) => name);
const ENDS_WITH_ID = (path: string) => path.endsWith("s-1");

describe("a slash too many", () => {
  const server = sharedServer({ env: { ADMIN_BY_LICENSE_KEY: "true" } });

  it.each(NAMES.filter((name) => name !== "root"))("leads to %s all the same", async (name) => {
    const { method, path, body } = goodRequest(name, server().clock.now);
    const [at = "", query] = path.split("?");
    const send = (text: string) =>
      server().call(method, `${text}${query === undefined ? "" : `?${query}`}`, body === undefined ? {} : { body });
    const { status } = await send(at);
    const doubled = [`/${at}`, at.replace("/api/v1/", "/api//v1///"), ...(ENDS_WITH_ID(at) ? [] : [`//${at}`])];
    const trailing = method === "DELETE" ? [] : [`${at}/`, `//${at}//`];
    // A start that is sent again is a 200.
    for (const text of [...doubled, ...trailing])
      expect([status, name === "sessionStart" ? 200 : status], text).toContain((await send(text)).status);
  });

  it("before an id belongs to the id, and so does one after it", async () => {
    for (const id of ["/a", "a/", "a//b", "//a//", "/"]) {
      const operator = operatorAt(server());
      await operator.starts(id, `user-of-${id}`);
      const bearer = await server().accessToken(["sessions:delete"]);
      for (const text of [encodeURIComponent(id), id])
        expect((await server().call("DELETE", `/api/v1/sessions/${text}`, { bearer })).status, text).toBe(202);
      const ended = { ended_at: new Date(server().clock.now).toISOString() };
      const answer = await server().call("POST", `/api/v1/sessions/${id}/end`, { body: ended });
      expect(answer.json).toMatchObject({ session_id: id });
    }
  });
});

describe("a request to stop a session, without its id,", () => {
  const server = sharedServer();

  it("never stops all sessions", async () => {
    const operator = operatorAt(server());
    await operator.starts("s-kept", "ana");
    const bearer = await server().accessToken(SCOPES);
    // Of the second, "/" is the id.
    for (const [path, status] of [
      ["/api/v1/sessions/", 405],
      ["/api/v1/sessions//", 404],
      ["//api/v1/sessions/", 405],
    ])
      expect((await server().call("DELETE", String(path), { bearer })).status, String(path)).toBe(status);
    const { sessions } = (await server().call("GET", "/api/v1/sessions")).json;
    expect(sessions).toContainEqual(expect.objectContaining({ id: "s-kept", stopping: false }));
  });
});

// API Gateway compares a path with its routes character by character, and gives the rest to this function.
describe("a slash too many that API Gateway gives to the function of unknown routes", () => {
  const server = serverPerTest();
  const ask = (method: string, path: string, key: string | undefined = LICENSE_KEY) => {
    const fallback = createFallback(
      createRuntime(
        "fallback",
        { LICENSE_KEY },
        { now: () => server().clock.now, newId: () => "id", random: Math.random },
      ),
    );
    return fallback(toEvent(method, path, { key }, server().clock.now), {} as never);
  };

  it.each([
    ["GET", "//api/v1/license", "../../../api/v1/license"],
    ["POST", "/api//v1/sessions", "../../../api/v1/sessions"],
    ["GET", "/health/", "../health"],
    ["DELETE", "//api/v1/sessions/a:b", "../../../../api/v1/sessions/a%3Ab"],
  ])("sends %s %s on with its method and body", async (method, path, location) => {
    const { statusCode, headers, body } = await ask(method, path);
    expect({ statusCode, location: headers?.["location"] }).toEqual({ statusCode: 308, location });
    expect(JSON.parse(body ?? "")).toMatchObject({ status: 308, detail: expect.stringContaining("slash") });
    const route = new URL(location, `https://host/prefix${path}`).pathname;
    expect(decodeURIComponent(route)).toMatch(/^\/prefix\/(api\/v1\/|health)/);
    expect(route).not.toContain("//");
  });

  it("says which path to use where an id has slashes, which the client may have encoded or not", async () => {
    const { statusCode, body } = await ask("DELETE", "//api/v1/sessions/a%2F%2Fb");
    expect(statusCode).toBe(404);
    expect(JSON.parse(body ?? "").detail).toContain("/api/v1/sessions/a%2F%2Fb");
  });

  it("keeps the query, and is not logged as an unknown route", async () => {
    expect((await ask("GET", "/health/?x=1")).headers?.["location"]).toBe("../health?x=1");
    expect(server().logs).toEqual([]);
  });
});

describe("GET /", () => {
  const server = sharedServer();
  const disabled = sharedServer({ env: { DASHBOARD_ENABLED: "false" } });

  it("leads to the page, under any base path", async () => {
    const answer = await server().call("GET", "/", { key: undefined });
    expect([answer.status, answer.headers["location"]]).toEqual([302, "dashboard"]);
  });

  it("says what the server is where the page is turned off", async () => {
    const answer = await disabled().call("GET", "/", { key: undefined });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ name: "mirrord license server", health: "health", openapi: "openapi.json" });
  });
});
