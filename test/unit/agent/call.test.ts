import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { createTransport } from "../../../agent/transport.ts";
import { call } from "../../../agent/wire/call.ts";

const answering = (response: () => Response) => {
  const asked: string[] = [];
  const doFetch = async (url: string | URL | Request): Promise<Response> => {
    asked.push(String(url));
    return response();
  };
  const options = { url: "https://license.example.com", fetch: doFetch as typeof fetch, clock: { now: () => 0 } };
  return { asked, beat: () => call({ ...options }, { route: "heartbeat", body: {} }) };
};

describe("a call of the license server", () => {
  it("with a body follows no redirect", async () => {
    const server = answering(
      () => new Response(null, { status: 303, headers: { location: "http://169.254.169.254/latest" } }),
    );
    expect(await server.beat()).toMatchObject({ kind: "problem", status: 303, code: "Http303" });
    expect(server.asked).toEqual(["https://license.example.com/api/v1/heartbeat"]);
  });

  it("reads no more of an answer than 8 MiB", async () => {
    const server = createServer((_, response) => {
      const send = (): void => void (response.write("x".repeat(1024 * 1024)) ? setImmediate(send) : 0);
      response.on("drain", send).on("close", () => response.removeAllListeners("drain"));
      send();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const options = { url, fetch: await createTransport(undefined), clock: { now: () => 0 } };
    const outcome = await call({ ...options, timeoutMs: 10_000 }, { route: "heartbeat", body: {} });
    server.closeAllConnections();
    server.close();
    expect(outcome).toEqual({ kind: "lost", detail: "the answer is longer than 8388608 bytes" });
  });

  it.each(["<html>", "null", '{"code":{"toString":1},"detail":[]}', '{"errors":5}'])(
    "is an outcome, whatever the answer says: %s",
    async (text) => {
      const { beat } = answering(() => new Response(text, { status: 500 }));
      expect(await beat()).toSatisfy(
        (outcome: { code?: unknown }) => outcome.code === "Http500" || !("code" in outcome),
      );
    },
  );
});
