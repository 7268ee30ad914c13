import { describe, expect, it } from "vitest";
import { createApi } from "../../../tools/cli/api.ts";
import { CliError, EXIT } from "../../../tools/cli/exit.ts";
import { sender } from "../../../tools/cli/request.ts";

type Seen = { url: string; method: string; headers: Record<string, string> };

/** A server that gives its answers in turn, and what was asked of it. */
const serverOf = (...answers: (() => Response)[]) => {
  const seen: Seen[] = [];
  const slept: number[] = [];
  const fetch: typeof globalThis.fetch = async (input, init = {}) => {
    seen.push({
      url: String(input),
      method: init.method ?? "GET",
      headers: Object.fromEntries(new Headers(init.headers)),
    });
    return (answers.shift() ?? (() => Response.error()))();
  };
  const sleep = async (milliseconds: number) => void slept.push(milliseconds);
  const send = sender("https://example.com/prefix", async () => ({ "x-license-key": "secret" }), { fetch, sleep });
  return { send, api: createApi(send), seen, slept };
};

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  () =>
    new Response(JSON.stringify(body), { status, headers });
const problem = (status: number, code: string, more: object = {}, headers: Record<string, string> = {}) =>
  json(
    status,
    { type: "about:blank", title: "", status, detail: "it is so", code, request_id: "r-1", ...more },
    headers,
  );
const failure = (call: Promise<unknown>): Promise<CliError> =>
  call.then(
    () => Promise.reject(new Error("it went well")),
    (error: unknown) => (error instanceof CliError ? error : Promise.reject(error)),
  );

describe("a call", () => {
  it("goes under the server's prefix, with the id encoded and absent parameters left out", async () => {
    const { send, seen } = serverOf(json(200, {}), json(200, {}));
    await send("sessionKill", { id: "a/b c" });
    await send("sessionList", { query: { namespace: "a&b", user: undefined, limit: 2 } });
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "DELETE https://example.com/prefix/api/v1/sessions/a%2Fb%20c",
      "GET https://example.com/prefix/api/v1/sessions?namespace=a%26b&limit=2",
    ]);
  });

  it("follows a 303 to a large answer without sending the key there", async () => {
    const link = "https://bucket.example.net/report?signature=1";
    const { api, seen } = serverOf(json(303, {}, { location: link }), json(200, { ok: 1 }));
    expect(await (await api.usageFile({}, "json")).json()).toEqual({ ok: 1 });
    expect(seen[0]?.headers).toMatchObject({ "x-license-key": "secret" });
    expect(seen[1]).toEqual({ url: link, method: "GET", headers: {} });
  });

  it("reads a list to its last page, an empty one in between included", async () => {
    const { api, seen } = serverOf(
      json(200, { entries: [1, 2], next: "c1" }),
      json(200, { entries: [], next: "c2" }),
      json(200, { entries: [3], next: null }),
    );
    const counts: number[] = [];
    const report = await api.errors({ from: "2026-11-01T00:00:00.000Z" }, (so) => counts.push(so));
    expect(report).toEqual({ entries: [1, 2, 3], next: null });
    expect(counts).toEqual([2, 2, 3]);
    expect(seen.map(({ url }) => new URL(url).searchParams.get("cursor"))).toEqual([null, "c1", "c2"]);
  });

  it("is tried again where the server says when, three times in all, never waiting long", async () => {
    const busy = problem(503, "Unavailable", {}, { "retry-after": "60" });
    const once = serverOf(busy, json(200, { count: 2 }));
    expect(await once.api.killSessions({})).toEqual({ count: 2 });
    expect(once.slept).toEqual([5_000]);
    const always = serverOf(busy, busy, busy, busy);
    expect(await failure(always.api.seats())).toMatchObject({ exit: EXIT.unavailable });
    expect(always.seen).toHaveLength(3);
  });

  it("is not tried again where no license is there: waiting does not bring one", async () => {
    const server = serverOf(problem(503, "LicenseMissing", {}, { "retry-after": "5" }));
    expect(await failure(server.api.seats())).toMatchObject({ exit: EXIT.unavailable });
    expect(server.slept).toEqual([]);
  });
});

describe("an answer that is an error", () => {
  it("is told with its detail, every fault and the request id", async () => {
    const errors = [
      { path: "query.from", message: "must be a time" },
      { path: "query.x", message: "is not\u001b[2J a parameter" },
    ];
    const { api } = serverOf(problem(400, "BadRequest", { errors }));
    expect(await failure(api.seats())).toMatchObject({
      exit: EXIT.usage,
      lines: [
        "it is so (400 BadRequest)",
        "  query.from: must be a time",
        "  query.x: is not\\u001b[2J a parameter",
        "  request id: r-1",
      ],
    });
  });

  it.each([
    [400, EXIT.usage],
    [401, EXIT.denied],
    [403, EXIT.denied],
    [404, EXIT.notFound],
    [409, EXIT.failed],
    [500, EXIT.failed],
    [502, EXIT.unavailable],
    [503, EXIT.unavailable],
    [504, EXIT.unavailable],
  ])("of status %d ends with %d", async (status, exit) => {
    const { api } = serverOf(problem(status, "Any"));
    expect(await failure(api.seats())).toMatchObject({ exit });
  });

  it.each([
    [() => new Response("<html>", { status: 502 }), "The server answered with an error (502)"],
    [json(429, { message: "Too Many Requests" }), "Too Many Requests (429)"],
    [json(500, [1]), "The server answered with an error (500)"],
  ])("is told though it is not the server's own", async (answer, line) => {
    const { api } = serverOf(answer, answer, answer);
    expect((await failure(api.seats())).lines[0]).toBe(line);
  });

  it.each([
    ["a page", () => new Response("<html>Sign in</html>", { headers: { "content-type": "text/html" } }), "text/html"],
    ["another server's object", json(200, {}), "license server"],
    ["no object", json(200, null), "license server"],
    ["what breaks off", () => new Response('{"sessions": ['), "license server"],
  ])(
    "is what another than the server answers with 200, and nothing is taken for done: %s",
    async (_what, answer, words) => {
      const calls = ({ sessions, seats, license, usage }: ReturnType<typeof serverOf>["api"]) => [
        sessions(),
        seats(),
        license(),
        usage({}),
      ];
      for (const call of calls(serverOf(answer, answer, answer, answer).api))
        expect(await failure(call)).toMatchObject({
          exit: EXIT.unavailable,
          lines: [expect.stringContaining(words), expect.stringContaining("URL")],
        });
      const { api: other } = serverOf(json(200, {}, { "content-type": "application/json" }));
      expect(await failure(other.usageFile({}, "xlsx"))).toMatchObject({ exit: EXIT.unavailable });
      if (words !== "text/html") return;
      const { api } = serverOf(answer, answer, answer);
      for (const call of [api.killSession("s"), api.releaseSeat("s"), api.usageFile({}, "xlsx")])
        expect(await failure(call)).toMatchObject({ exit: EXIT.unavailable });
    },
  );

  it("says where a redirection leads that is none of the server's", async () => {
    const { api } = serverOf(
      () => new Response("", { status: 302, headers: { location: "https://sso.example/in?x=1" } }),
    );
    expect((await failure(api.seats())).lines.join("\n")).toContain("It redirects to https://sso.example. ");
  });

  it("says that a URL may lead elsewhere where a route is not found that has no id", async () => {
    const notFound = serverOf(problem(404, "NotFound"), problem(404, "NotFound")).api;
    expect((await failure(notFound.seats())).lines.at(-1)).toContain("path prefix");
    expect((await failure(notFound.killSession("s"))).lines.at(-1)).not.toContain("path prefix");
  });

  it("says which scope is missing and how to get it", async () => {
    const { api } = serverOf(problem(403, "Forbidden"));
    const { lines } = await failure(api.killSession("s"));
    expect(lines.at(-2)).toContain("--data-dir (local) this command makes its own token");
    expect(lines.at(-1)).toMatch(/--token-file .* license-server token create --scopes sessions:delete$/);
  });

  it("tells why a server cannot be reached", async () => {
    const fetch = async () => {
      throw new TypeError("fetch failed", { cause: new Error("getaddrinfo ENOTFOUND nowhere") });
    };
    const send = sender("https://nowhere/p", async () => ({}), { fetch, sleep: async () => undefined });
    expect(await failure(send("health"))).toMatchObject({
      exit: EXIT.unavailable,
      lines: ["https://nowhere cannot be reached: getaddrinfo ENOTFOUND nowhere"],
    });
  });

  it.each([
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate", "self-signed certificate", "NODE_EXTRA_CA_CERTS"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "40:error:0A0:SSL:tlsany_meth.c:77:\n", "the server does not use TLS", "http://"],
    ["ECONNREFUSED", "connect ECONNREFUSED", "ECONNREFUSED", "npm start"],
  ])("says what to do where a server cannot be reached: %s", async (code, message, reason, advice) => {
    const fetch = async () => {
      throw new TypeError("fetch failed", { cause: Object.assign(new Error(message), { code }) });
    };
    const deps = { fetch, sleep: async () => undefined };
    const { lines } = await failure(sender("https://here", async () => ({}), deps, "npm start")("health"));
    expect(lines).toEqual([
      expect.stringMatching(`^https://here cannot be reached: .*${reason}$`),
      expect.stringContaining(advice),
    ]);
  });
});
