import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { bucketStore } from "../../../shared/store/bucket-store.ts";
import { StoreUnavailable } from "../../../shared/store/table.ts";

const NOW = Date.parse("2026-11-10T12:00:00.500Z");

/** What stands in for S3: it takes what it is sent, or answers the status it is told to. */
const received: { request: IncomingMessage; body: string }[] = [];
let status = 200;
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  received.push({ request, body: Buffer.concat(chunks).toString() });
  response.writeHead(status, { "content-type": "application/xml" }).end("");
});
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  received.length = 0;
  status = 200;
});
afterAll(() => server.close());

const store = (credentials: { sessionToken?: string } = {}) =>
  bucketStore("bucket", {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: "eu-central-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "a-secret-for-tests", ...credentials },
    maxAttempts: 1,
  });

describe("a report bucket", () => {
  it("is put whole files, with their type and the name to save them under", async () => {
    await store().put("downloads/2026-11-10/x/usage.csv", { contentType: "text/csv", body: "a,b\r\n" });
    expect(received).toHaveLength(1);
    const { request, body } = received[0] ?? {};
    expect([request?.method, request?.url?.split("?")[0]]).toEqual(["PUT", "/bucket/downloads/2026-11-10/x/usage.csv"]);
    expect(request?.headers).toMatchObject({
      "content-type": "text/csv",
      "content-disposition": 'attachment; filename="usage.csv"',
    });
    expect(body).toContain("a,b\r\n");
    expect(store().uri("a/b.csv")).toBe("s3://bucket/a/b.csv");
  });

  it("tells as an outage whatever keeps it from taking a file, and nothing of its answer", async () => {
    for (const code of [403, 404, 500, 503]) {
      status = code;
      const put = store().put("a.csv", { contentType: "text/csv", body: "x" });
      await expect(put).rejects.toThrow(StoreUnavailable);
    }
  });

  it("gives links that carry their own right, to one file and for a time, without a call", async () => {
    const { url, expiresAt } = await store({ sessionToken: "session" }).link("a/b.csv", NOW, 900);
    expect(received).toEqual([]);
    expect(expiresAt).toBe(Date.parse("2026-11-10T12:15:00Z"));
    const { pathname, searchParams } = new URL(url);
    expect(pathname).toBe("/bucket/a/b.csv");
    expect(Object.fromEntries(searchParams)).toMatchObject({
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Date": "20261110T120000Z",
      "X-Amz-Expires": "900",
      "X-Amz-SignedHeaders": "host",
      "X-Amz-Security-Token": "session",
      "X-Amz-Signature": expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(url).not.toContain("a-secret-for-tests");
  });
});
