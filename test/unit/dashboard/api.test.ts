import { describe, expect, it } from "vitest";
import { createApi, urlOf } from "../../../dashboard/data/api.ts";

const pageUrl = "https://host.example/dashboard";

/** An API whose server returns this response, and the requests it received. */
const apiOf = (answer: () => Response | Promise<Response>) => {
  const requests: { url: string; init: RequestInit | undefined }[] = [];
  const api = createApi({
    pageUrl,
    token: "a.b.c",
    fetch: async (input, init) => {
      requests.push({ url: String(input), init });
      return answer();
    },
  });
  return { api, requests };
};

const problem = (status: number, headers: Record<string, string> = {}, more: object = {}) =>
  new Response(JSON.stringify({ detail: "the reason", ...more }), { status, headers });

describe("the address of a call", () => {
  it.each([
    ["https://host.example/dashboard", "https://host.example/api/v1/license"],
    ["https://host.example/prefix/dashboard#/usage?range=7", "https://host.example/prefix/api/v1/license"],
    ["https://host.example/a/b/dashboard?x=1#/", "https://host.example/a/b/api/v1/license"],
    ["http://127.0.0.1:8080/dashboard/#/usage", "http://127.0.0.1:8080/api/v1/license"],
  ])("on the page %s is %s", (page, address) => {
    expect(urlOf(page, "licenseGet", {})).toBe(address);
  });

  it("contains the id with its slashes encoded, and only the given parameters", () => {
    const url = urlOf(pageUrl, "sessionKill", { id: "a/b?c", query: { one: "1 2", none: undefined } });
    expect(url).toBe("https://host.example/api/v1/sessions/a%2Fb%3Fc?one=1+2");
  });
});

describe("a call", () => {
  it("sends the token to its route and returns the body", async () => {
    const { api, requests } = apiOf(() => Response.json({ used: 1 }));
    expect(await api("seatList", { query: { summary: "true" } })).toEqual({ ok: true, value: { used: 1 } });
    expect(requests).toMatchObject([
      {
        url: "https://host.example/api/v1/seats?summary=true",
        init: { method: "GET", headers: { authorization: "Bearer a.b.c" }, credentials: "omit" },
      },
    ]);
  });

  it("sends a body as JSON, and the version that it replaces", async () => {
    const { api, requests } = apiOf(() => Response.json({}));
    await api("catalogRestore", {
      path: { kind: "MirrordPolicy", name: "a/b" },
      body: { generation: 1 },
      ifMatch: '"x"',
    });
    expect(requests).toMatchObject([
      {
        url: "https://host.example/api/v1/catalog/MirrordPolicy/a%2Fb/restore",
        init: {
          method: "POST",
          body: '{"generation":1}',
          headers: { "content-type": "application/json", "if-match": '"x"' },
        },
      },
    ]);
  });

  it("succeeds with a response without a body", async () => {
    const { api, requests } = apiOf(() => new Response(null, { status: 204 }));
    expect(await api("seatRelease", { id: "x" })).toEqual({ ok: true, value: undefined });
    expect(requests[0]?.init?.method).toBe("DELETE");
  });

  it("reports the missing scope", async () => {
    const { api } = apiOf(() => problem(403));
    expect(await api("seatRelease", { id: "x" })).toEqual({
      ok: false,
      failure: { kind: "forbidden", scope: "seats:delete" },
    });
  });

  it("reports an invalid token", async () => {
    expect(await apiOf(() => problem(401)).api("seatList")).toEqual({ ok: false, failure: { kind: "unauthorized" } });
  });

  it.each([
    ["12", 12],
    ["99999", 300],
    ["Fri, 20 Nov 2026 08:00:00 GMT", 5],
    [undefined, 5],
  ])("to a busy server with Retry-After %s can be retried after %s s", async (header, retryAfterSeconds) => {
    const { api } = apiOf(() => problem(503, header === undefined ? {} : { "retry-after": header }));
    expect(await api("seatList")).toEqual({
      ok: false,
      failure: { kind: "unavailable", message: "the reason", retryAfterSeconds },
    });
  });

  it("that fails on the network can be retried", async () => {
    const { api } = apiOf(() => Promise.reject(new TypeError("fetch failed")));
    expect(await api("seatList")).toMatchObject({ ok: false, failure: { kind: "unavailable", retryAfterSeconds: 5 } });
  });

  it("that fails reports the reason with every error", async () => {
    const errors = [{ path: "query.from", message: "must be a time" }];
    const { api } = apiOf(() => problem(400, {}, { errors }));
    expect(await api("usageReport")).toEqual({
      ok: false,
      failure: { kind: "failed", message: "the reason; query.from must be a time", status: 400, faults: errors },
    });
  });

  it("that fails reports the request id for a search in the log", async () => {
    const { api } = apiOf(() => problem(500, {}, { request_id: "r-1" }));
    expect(await api("usageReport")).toMatchObject({ failure: { kind: "failed", requestId: "r-1" } });
  });

  it("without a response in time is aborted and can be retried", async () => {
    const api = createApi({
      pageUrl,
      token: "a.b.c",
      timeoutMs: 1,
      fetch: (_, init) =>
        new Promise((_, refuse) => init?.signal?.addEventListener("abort", () => refuse(init.signal?.reason))),
    });
    expect(await api("seatList")).toMatchObject({
      failure: { kind: "unavailable", message: "The server did not respond in time." },
    });
  });

  it("that fails without a problem body reports the status", async () => {
    const { api } = apiOf(() => new Response("<html>", { status: 500 }));
    expect(await api("usageReport")).toMatchObject({ failure: { message: "The server returned status 500." } });
  });

  it("that its caller aborts throws", async () => {
    const controller = new AbortController();
    controller.abort(new Error("aborted"));
    const { api } = apiOf(() => Promise.reject(controller.signal.reason));
    await expect(api("seatList", { signal: controller.signal })).rejects.toThrow("aborted");
  });
});
