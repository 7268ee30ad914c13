import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { LICENSE_KEY } from "../../support/app.ts";
import { frontPerTest, requestText } from "../../support/attacks/front.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";

const server = sharedServer();
const front = frontPerTest(server, {
  patience: { headersTimeout: 500, requestTimeout: 700, keepAliveTimeout: 500, connectionsCheckingInterval: 50 },
});

const HEADERS = [
  ["x-license-key", LICENSE_KEY],
  ["content-type", "application/json"],
] as const;

const post = (framing: readonly [string, string]) => requestText("POST", "/api/v1/license", [...HEADERS, framing]);

const SLOW: Record<string, string> = {
  "its headers": "POST /api/v1/license HTTP/1.1\r\nhost: localhost\r\nx-license-key: ",
  "a body of a length": `${post(["content-length", "500"])}{"instance_id":`,
  "a body in chunks": `${post(["transfer-encoding", "chunked"])}5\r\n{"ins`,
  "a body that is larger than any may be": post(["content-length", "1000000000"]),
};

describe("a client that sends slowly, or not at all", () => {
  it("is given up, no function is asked, and others are answered meanwhile", async () => {
    const { send, failures } = front();
    await leavingNoTrace(server(), async () => {
      const slow = Object.entries(SLOW).flatMap(([what, text]) =>
        Array.from({ length: 10 }, async () => ({ what, status: (await send(text)).status })),
      );
      expect((await send(requestText("GET", "/health", []))).status).toBe(200);
      // 408, or nothing but the end of the connection.
      for (const { what, status } of await Promise.all(slow)) expect([408, undefined], what).toContain(status);
    });
    expect(failures).toEqual([]);
  });

  it("is given up, too, where it says nothing", async () => {
    const socket = connect(front().port, "127.0.0.1");
    socket.resume();
    await once(socket, "close");
  });
});
