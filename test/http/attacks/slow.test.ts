import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { LICENSE_KEY } from "../../support/app.ts";
import { frontPerTest, requestText } from "../../support/attacks/front.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";

const server = sharedServer();
const front = frontPerTest(server, {
  patience: { headersTimeout: 100, requestTimeout: 200, keepAliveTimeout: 100, connectionsCheckingInterval: 20 },
});

const HEADERS = [
  ["x-license-key", LICENSE_KEY],
  ["content-type", "application/json"],
] as const;

describe("a client that sends slowly, or not at all", () => {
  it.each([
    ["its headers", "POST /api/v1/license HTTP/1.1\r\nhost: localhost\r\nx-license-key: "],
    [
      "a body of a length",
      `${requestText("POST", "/api/v1/license", [...HEADERS, ["content-length", "500"]])}{"instance_id":`,
    ],
    [
      "a body in chunks",
      `${requestText("POST", "/api/v1/license", [...HEADERS, ["transfer-encoding", "chunked"]])}5\r\n{"ins`,
    ],
    ["a body without an end", requestText("POST", "/api/v1/license", [...HEADERS, ["content-length", "1000000000"]])],
  ])("of %s is given up, no function is asked, and others are answered meanwhile", async (_what, text) => {
    const { send, failures } = front();
    await leavingNoTrace(server(), async () => {
      const slow = Promise.all(Array.from({ length: 20 }, () => send(text)));
      const { status } = await send(requestText("GET", "/health", []));
      expect(status).toBe(200);
      // 408, or nothing but the end of the connection.
      for (const answer of await slow) expect([408, undefined]).toContain(answer.status);
    });
    expect(failures).toEqual([]);
  });

  it("and says nothing is given up too", async () => {
    const socket = connect(front().port, "127.0.0.1");
    socket.resume();
    await once(socket, "close");
  });
});
