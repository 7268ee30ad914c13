import { beforeEach, describe, expect, it } from "vitest";
import { ROUTES } from "../../../shared/contract/routes.ts";
import { SCOPES } from "../../../shared/contract/scopes.ts";
import { expectProblem } from "../../support/answers.ts";
import { LICENSE_KEY, toAnswer, toEvent } from "../../support/app.ts";
import { frontPerTest, requestText } from "../../support/attacks/front.ts";
import { operatorAt } from "../../support/operator.ts";
import { BODY_ROUTES, goodRequest } from "../../support/requests.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";
import { startBody } from "../../support/wire.ts";

const server = sharedServer();
const front = frontPerTest(server);
beforeEach(() => operatorAt(server()).starts("s-live"));

const KEY = ["x-license-key", LICENSE_KEY] as const;
const JSON_TYPE = ["content-type", "application/json"] as const;

const DAMAGED = [
  ["a lone continuation byte", "\x80"],
  ["an overlong form", "\xc0\xaf"],
  ["an encoded surrogate", "\xed\xa0\x80"],
  ["a character cut off", "\xf0\x9f\x98"],
  ["Latin-1", "M\xfcller"],
] as const;

describe.each(BODY_ROUTES)("a body of %s that is not valid UTF-8", (name) => {
  // In a field that nobody knows: the bytes count wherever they are.
  const bodyWith = (bytes: string) =>
    JSON.stringify({ extra: "here", ...goodRequest(name, server().clock.now).body }).replace("here", bytes);

  it.each(DAMAGED)("is refused with the place: %s", async (_what, bytes) => {
    const body = bodyWith(bytes);
    const head = requestText("POST", goodRequest(name, server().clock.now).path, [
      KEY,
      JSON_TYPE,
      ["content-length", String(body.length)],
    ]);
    const answer = await leavingNoTrace(server(), () => front().send(`${head}${body}`));
    expect(answer.status).toBe(400);
    const at = `{"extra":"`.length + (bytes.startsWith("M") ? 1 : 0) + 1;
    expect(JSON.parse(answer.body).errors).toEqual([
      { path: "", message: `the body is not valid UTF-8 at line 1, byte ${at}` },
    ]);
  });

  it("that the front has decoded leniently is refused by its length, and a real U+FFFD is not", async () => {
    const { path } = goodRequest(name, server().clock.now);
    const send = async (raw: string, length: number) =>
      toAnswer(
        await server().deliver(
          toEvent("POST", path, { raw, headers: { "content-length": String(length) } }, server().clock.now),
        ),
      );
    const raw = bodyWith("a\ufffdb");
    const refused = await leavingNoTrace(server(), () => send(raw, Buffer.byteLength(raw) - 2));
    expectProblem(refused, 400, "BadRequest", [""]);
    expect((await send(raw, Buffer.byteLength(raw))).status).toBeLessThan(300);
  });
});

describe("a real U+FFFD", () => {
  it("in a name is kept: its sender may have had nothing better", async () => {
    const client = { id: "m", hostname: "caf\ufffd", username: "ana", kubernetes_username: "ana" };
    const body = startBody(server().clock.now, { session_id: "s-lossy", client });
    expect((await server().call("POST", "/api/v1/sessions", { body })).status).toBe(201);
  });
});

describe("a query that is not valid UTF-8", () => {
  const STRICT = ROUTES.filter(({ name, method }) => !["POST", "PUT"].includes(method) && name !== "health");

  it.each(STRICT.map(({ name }) => name))("of %s is refused with the parameter", async (name) => {
    const { method, path } = goodRequest(name, server().clock.now);
    const at = `${path}${path.includes("?") ? "&" : "?"}`;
    const options = { bearer: await server().accessToken(SCOPES) };
    for (const [query, fault] of [
      ["user=ana%ff", "query.user"],
      ["namespace=%c3", "query.namespace"],
      ["cursor=%ed%a0%80", "query.cursor"],
      ["x%ff=1", "query"],
    ]) {
      const { json } = expectProblem(
        await leavingNoTrace(server(), () => server().call(method, `${at}${query}`, options)),
        400,
        "BadRequest",
      );
      expect(json.errors).toContainEqual({ path: fault, message: expect.stringContaining("not valid UTF-8") });
    }
  });

  it("is no filter that stops sessions", async () => {
    const bearer = await server().accessToken(["sessions:deletecollection"]);
    const answer = await leavingNoTrace(server(), () =>
      server().call("DELETE", "/api/v1/sessions?user=%ff", { bearer }),
    );
    expect(answer.status).toBe(400);
  });

  it("with bytes beyond ASCII that are not encoded is refused", async () => {
    const { body, status } = await front().send(requestText("GET", "/api/v1/sessions?user=M\xfcller", [KEY]));
    expect([status, body]).toEqual([400, expect.stringContaining("percent-encode")]);
  });

  it("is told from one with a real U+FFFD, other scripts and odd percent signs", async () => {
    for (const user of ["%EF%BF%BD", "%ef%bf%bd", "%E5%B1%B1", "100%", "%zz", "a%20b+c"])
      expect((await server().call("GET", `/api/v1/sessions?user=${user}`)).status, user).toBe(200);
  });
});

describe("a path that is not valid UTF-8", () => {
  it.each(["/api/v1/sessions/%ff/end", "/api/v1/sessions/M\xfcller/end", "/%c0%af"])(
    "is refused with the reason: %s",
    async (path) => {
      const { status, body } = await front().send(requestText("POST", path, [KEY, JSON_TYPE]));
      expect([status, JSON.parse(body).message]).toEqual([400, expect.stringMatching(/^Bad Request: .*UTF-8/)]);
    },
  );

  it("that the front has decoded leniently has no id", async () => {
    const event = toEvent("POST", "/api/v1/sessions/a%EF%BF%BDb/end", { body: {} }, server().clock.now);
    expectProblem(toAnswer(await server().deliver(event)), 400, "BadRequest", ["path.id", "ended_at"]);
  });
});

describe("a header that is not valid text", () => {
  it.each(["accept", "accept-encoding", "content-type", "content-encoding", "if-none-match"])(
    "is refused by its name: %s",
    async (name) => {
      const { status, body } = await front().send(requestText("GET", "/api/v1/license", [KEY, [name, "a\xff"]]));
      expect([status, JSON.parse(body).errors]).toEqual([
        400,
        [{ path: `header.${name}`, message: "must be printable ASCII" }],
      ]);
    },
  );

  it("as a license key is a wrong key, with the reason", async () => {
    const { status, body } = await front().send(
      requestText("GET", "/api/v1/license", [["x-license-key", `${LICENSE_KEY}\xff`]]),
    );
    expect([status, JSON.parse(body).detail]).toEqual([401, expect.stringContaining("must be printable ASCII")]);
  });

  it("is none of the others' business", async () => {
    const { status } = await front().send(requestText("GET", "/api/v1/license", [KEY, ["user-agent", "M\xfcller"]]));
    expect(status).toBe(200);
  });
});
