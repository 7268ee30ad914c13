import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { EVENT_EXAMPLES } from "../../../shared/events/examples.ts";
import { reportBatch } from "../../../shared/events/report-batch.ts";
import { type JiraDeps, reportToJira } from "../../../shared/events/report-to-jira.ts";
import { postJson, WebhookFailed } from "../../../shared/events/webhook.ts";
import { fixedSecret } from "../../../shared/licensing/secret.ts";
import { createLogger } from "../../../shared/telemetry/logger.ts";

const SECRET_URL = "https://jira.example.com/hook/a-secret-path";
const ENDED = EVENT_EXAMPLES["session.ended"];

const lines: { level: string; message: string }[] = [];
const log = createLogger(
  "debug",
  (line) => lines.push(JSON.parse(line)),
  () => 0,
);
let sent: [url: string, body: unknown][] = [];
beforeEach(() => {
  lines.length = 0;
  sent = [];
});

const DEPS: JiraDeps = {
  webhook: fixedSecret(`${SECRET_URL}\n`),
  post: async (url, body) => {
    sent.push([url.href, body]);
    return 204;
  },
  log,
};
const onBus = (changes: object = {}) => ({
  id: "bus",
  "detail-type": "session.ended",
  detail: { ...ENDED, ...changes },
});
const report = (changes: object = {}, deps: Partial<JiraDeps> = {}) =>
  reportToJira({ ...DEPS, ...deps }, onBus(changes));
const levels = () => lines.map(({ level }) => level);

describe("the report of a session's time to Jira", () => {
  it("carries issue, duration and count to the webhook, and is logged for debugging", async () => {
    expect(await report({ issue_key: "KEY-123", duration_secs: 61 })).toBe("reported");
    expect(sent).toEqual([
      [SECRET_URL, { issue_key: "KEY-123", duration_secs: 61, session_count: 1, event_id: ENDED.id }],
    ]);
    expect(lines).toMatchObject([{ level: "DEBUG", issue_key: "KEY-123", session_id: ENDED.session_id }]);
  });

  it.each([
    ["no git branch", { issue_key: null, branch: null }],
    ["no issue key in the git branch", { issue_key: null, branch: "main" }],
    ["lost", { outcome: "lost" }],
  ])("is none where there is %s, which is logged for debugging", async (reason, changes) => {
    expect(await report(changes)).toBe("nothing to report");
    expect(sent).toEqual([]);
    expect(lines).toMatchObject([{ level: "DEBUG", reason: expect.stringContaining(reason) }]);
  });

  it.each([199, 302, 400, 404, 500])(
    "that is answered with %i is a warning and fails, to be tried again",
    async (status) => {
      await expect(report({}, { post: async () => status })).rejects.toThrow(WebhookFailed);
      expect(lines).toMatchObject([{ level: "WARN", reason: `status ${status}` }]);
    },
  );

  it.each([
    ["is empty", async () => ({ found: false }) as const],
    ["holds no URL", fixedSecret("a-secret")],
    ["holds a URL in the clear", fixedSecret("http://jira.example.com/a-secret-path")],
    [
      "cannot be read",
      async () => {
        throw new Error("denied: a-secret");
      },
    ],
    ["is not configured", undefined],
  ])("fails with a warning where the secret %s, and says nothing of what is in it", async (_name, webhook) => {
    const failure = await report({}, { webhook }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(WebhookFailed);
    expect(levels()).toEqual(["WARN"]);
    expect(JSON.stringify([lines, String(failure), (failure as Error).cause])).not.toContain("a-secret");
  });

  it("reads events of a later release, which may have more fields, at any depth", async () => {
    expect(await report({ more: 1, client: { ...ENDED.client, more: 1 }, target: {} })).toBe("reported");
  });

  it("refuses what is no session's end", async () => {
    await expect(report({ type: "session.started" })).rejects.toThrow();
    expect(sent).toEqual([]);
  });
});

describe("a batch of the queue", () => {
  const message = (messageId: string, body: string) => ({ messageId, body, receiptHandle: "r", attributes: {} });
  const ended = (id: string) => message(id, JSON.stringify(onBus({ id, issue_key: "KEY-1" })));
  const postBut =
    (refused: string): JiraDeps["post"] =>
    async (url, body) => {
      sent.push([url.href, body]);
      return (body as { event_id: string }).event_id === refused ? 503 : 204;
    };
  const told = () => sent.map(([, body]) => (body as { event_id: string }).event_id);

  it("has nothing left of it where Jira took every session", async () => {
    expect(await reportBatch(DEPS, { Records: [ended("m-1"), ended("m-2")] })).toEqual({ batchItemFailures: [] });
    expect(told()).toEqual(["m-1", "m-2"]);
  });

  it("is tried again only for what Jira refused; the others are told all the same", async () => {
    const Records = ["m-1", "m-2", "m-3"].map(ended);
    expect(await reportBatch({ ...DEPS, post: postBut("m-2") }, { Records })).toEqual({
      batchItemFailures: [{ itemIdentifier: "m-2" }],
    });
    expect(told()).toEqual(["m-1", "m-2", "m-3"]);
  });

  it.each([
    ["no JSON", "{a-secret"],
    ["another event", JSON.stringify(onBus({ type: "a-secret" }))],
    ["no event", "null"],
  ])("fails for a message that is %s alone, with a warning that shows nothing of it", async (_name, body) => {
    expect(await reportBatch(DEPS, { Records: [message("poison", body), ended("m-1")] })).toEqual({
      batchItemFailures: [{ itemIdentifier: "poison" }],
    });
    expect(told()).toEqual(["m-1"]);
    expect(lines[0]).toMatchObject({
      level: "WARN",
      message: "session time not reported to Jira",
      message_id: "poison",
    });
    expect(JSON.stringify(lines)).not.toContain("a-secret");
  });

  it("is reported one session after another, so that Jira gets one call at a time", async () => {
    let atOnce = 0;
    const post = async () => {
      atOnce += 1;
      await Promise.resolve();
      expect(atOnce).toBe(1);
      atOnce -= 1;
      return 204;
    };
    expect(await reportBatch({ ...DEPS, post }, { Records: [ended("m-1"), ended("m-2")] })).toEqual({
      batchItemFailures: [],
    });
  });

  it("that is none fails as a whole", async () => {
    await expect(reportBatch(DEPS, onBus())).rejects.toThrow();
  });
});

describe("the webhook", () => {
  const received: string[] = [];
  let answer: (() => number) | undefined = () => 200;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push(`${request.method} ${request.url} ${request.headers["content-type"]} ${Buffer.concat(chunks)}`);
    if (answer === undefined) request.socket.destroy();
    else response.writeHead(answer(), { location: "/elsewhere" }).end("x".repeat(10));
  });
  const url = () => new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a-secret-path`);
  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(() => server.close());

  it("gets JSON by POST, and its status is the answer", async () => {
    expect(await postJson(url(), { issue_key: "KEY-1" })).toBe(200);
    expect(received).toEqual(['POST /a-secret-path application/json {"issue_key":"KEY-1"}']);
  });

  it("that redirects is not followed", async () => {
    answer = () => 302;
    expect(await postJson(url(), {})).toBe(302);
    expect(received.join()).not.toContain("elsewhere");
  });

  it("that gives no answer fails without a word of its URL", async () => {
    answer = undefined;
    const failures = [url(), new URL("https://a-secret-host.invalid/")].map((to) =>
      postJson(to, {}).catch((error: unknown) => error),
    );
    for (const failure of await Promise.all(failures)) {
      expect(failure).toBeInstanceOf(WebhookFailed);
      expect(`${failure} ${(failure as Error).cause}`).not.toContain("a-secret");
    }
  });
});
