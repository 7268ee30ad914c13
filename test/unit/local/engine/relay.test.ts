import { connect } from "node:net";
import { DynamoDBClient, type DynamoDBClientConfig, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Relay, startRelay } from "../../../../tools/local/engine/relay.ts";

const CREDENTIALS = { accessKeyId: "local", secretAccessKey: "a-secret-of-this-start" };
const NOW = Date.parse("2026-11-10T12:00:00Z");

let relay: Relay;
let calls: [operation: string, request: unknown][];
beforeEach(async () => {
  calls = [];
  relay = await startRelay(
    async (operation, request) => {
      calls.push([operation, request]);
      return { ok: true, text: JSON.stringify({ TableNames: ["t"] }) };
    },
    CREDENTIALS,
    () => NOW,
  );
});
afterEach(() => relay.close());

const list = async (over: Partial<DynamoDBClientConfig> = {}, alter: Alter = () => undefined) => {
  const client = new DynamoDBClient({
    endpoint: relay.endpoint,
    region: "us-east-1",
    credentials: CREDENTIALS,
    maxAttempts: 1,
    systemClockOffset: NOW - Date.now(),
    ...over,
  });
  client.middlewareStack.add(
    (next) => (args) => {
      alter(args.request as Sent);
      return next(args);
    },
    // After the signature.
    { step: "finalizeRequest", priority: "low" },
  );
  try {
    return (await client.send(new ListTablesCommand({}))).TableNames;
  } catch (error) {
    return (error as Error).name;
  } finally {
    client.destroy();
  }
};

type Alter = (request: Sent) => unknown;
type Sent = { headers: Record<string, string>; body: string; path: string };

const withHeader =
  (name: string, value: string): Alter =>
  ({ headers }) =>
    Object.assign(headers, { [name]: value });

describe("the relay before the local database", () => {
  it("passes on what is signed with the credentials of this start", async () => {
    expect(await list()).toEqual(["t"]);
    expect(calls).toEqual([["ListTables", {}]]);
  });

  it.each<[string, Partial<DynamoDBClientConfig>, Alter]>([
    ["another secret", { credentials: { accessKeyId: "local", secretAccessKey: "local" } }, () => undefined],
    ["a time an hour off", { systemClockOffset: NOW - Date.now() + 3_600_000 }, () => undefined],
    // Of the same length, and with the hash of the signed body still in the headers.
    ["another body than the signed one", {}, (sent) => Object.assign(sent, { body: "[]" })],
    ["another operation than the signed one", {}, withHeader("x-amz-target", "DynamoDB_20120810.Scan")],
    ["another path than the signed one", {}, (sent) => Object.assign(sent, { path: "/other" })],
    ["an origin, as a page in a browser sends", {}, withHeader("origin", "http://127.0.0.1:8080")],
    ["another host name for the same address", {}, withHeader("host", "evil.example")],
    ["no signature", {}, ({ headers }) => Reflect.deleteProperty(headers, "authorization")],
  ])("refuses %s, and calls nothing", async (_, over, alter) => {
    expect(await list(over, alter)).toBe("AccessDeniedException");
    expect(calls).toEqual([]);
  });

  it.each(["GET", "POST", "OPTIONS", "PUT"])(
    "answers an unsigned %s with 403 and without a CORS header",
    async (method) => {
      const answer = await fetch(relay.endpoint, { method, headers: { origin: "http://evil.example" } });
      expect(answer.status).toBe(403);
      expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
      expect(calls).toEqual([]);
    },
  );

  it("listens on the loopback address alone", async () => {
    const { hostname, port } = new URL(relay.endpoint);
    expect(hostname).toBe("127.0.0.1");
    const refused = await new Promise<string | undefined>((resolve) => {
      const socket = connect({ host: "::1", port: Number(port) });
      socket.once("connect", () => resolve(undefined));
      socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    expect(refused).toBeDefined();
  });
});
