import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notifier } from "../../../shared/notices/notifier.ts";
import { StoreUnavailable } from "../../../shared/store/table.ts";
import { createLogger } from "../../../shared/telemetry/logger.ts";

const TOPIC = "arn:aws:sns:eu-central-1:123456789012:topic";
const TOLD = { subject: "a subject", text: "some text", facts: { sessions: 7 } };

/** What stands in for SNS: it takes what it is sent, or fails where it is told to. */
const received: URLSearchParams[] = [];
let fails = false;
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  received.push(new URLSearchParams(Buffer.concat(chunks).toString()));
  const xml = "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>";
  response.writeHead(fails ? 500 : 200, { "content-type": "text/xml" }).end(fails ? "" : xml);
});
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => server.close());

const lines: Record<string, unknown>[] = [];
const log = createLogger(
  "info",
  (line) => lines.push(JSON.parse(line)),
  () => 0,
);
const told = (topicArn: string | undefined) =>
  notifier(topicArn, log, {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: "eu-central-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "a-secret-for-tests" },
    maxAttempts: 1,
  })(TOLD);

describe("a notification", () => {
  it("goes to the topic: text for people, and below it a line for programs", async () => {
    await told(TOPIC);
    expect(Object.fromEntries(received[0] ?? [])).toMatchObject({
      Action: "Publish",
      TopicArn: TOPIC,
      Subject: "a subject",
      Message: 'some text\n\n{"sessions":7}\n',
    });
    expect(lines).toEqual([]);
  });

  it("that cannot be told is an outage, so that it is tried again", async () => {
    fails = true;
    await expect(told(TOPIC)).rejects.toThrow(StoreUnavailable);
  });

  it("goes to the log where there is no topic", async () => {
    await told(undefined);
    expect(lines).toMatchObject([{ message: "a subject", sessions: 7 }]);
  });
});
