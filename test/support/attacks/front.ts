import { connect } from "node:net";
import { afterEach, beforeEach } from "vitest";
import { type Gateway, type GatewayOptions, startGateway } from "../../../tools/local/gateway.ts";
import type { Server } from "../server.ts";

/** What came back over a connection, as it came: nothing where it was closed without an answer. */
export type RawAnswer = { status: number | undefined; head: string; body: string };

/** The local gateway before a test's server, spoken to in bytes, as no client library would send them. */
export type Front = {
  port: number;
  /** What functions threw: no request may make them. */
  failures: unknown[];
  /** Sends so many bytes and waits for the end of the connection: a request has to ask for it. */
  send(bytes: string | Uint8Array): Promise<RawAnswer>;
};

/** A front for every test. What a client sends is never a function's exception. */
export const frontPerTest = (server: () => Server, options: Partial<GatewayOptions> = {}): (() => Front) => {
  let gateway: Gateway | undefined;
  let failures: unknown[] = [];
  beforeEach(async () => {
    failures = [];
    gateway = await startGateway({
      address: "127.0.0.1",
      port: 0,
      basePath: "",
      tls: undefined,
      invoke: (_name, event) => server().deliver(event),
      onFailure: (_name, error) => failures.push(error),
      ...options,
    });
  });
  afterEach(() => gateway?.close(0));
  return () => {
    const port = gateway?.port ?? 0;
    return { port, failures, send: (bytes) => exchange(port, bytes) };
  };
};

/** A request as text; the values may hold what no client library lets through. */
export const requestText = (method: string, target: string, headers: readonly (readonly [string, string])[]): string =>
  [
    `${method} ${target} HTTP/1.1`,
    "host: localhost",
    "connection: close",
    ...headers.map(([name, value]) => `${name}: ${value}`),
    "",
    "",
  ].join("\r\n");

const exchange = (port: number, bytes: string | Uint8Array): Promise<RawAnswer> => {
  const { promise, resolve } = Promise.withResolvers<RawAnswer>();
  const chunks: Buffer[] = [];
  const socket = connect(port, "127.0.0.1", () => socket.write(typeof bytes === "string" ? latin1(bytes) : bytes));
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  // A server that has refused a request may close while its rest is still being sent.
  socket.on("error", () => undefined);
  socket.on("close", () => resolve(read(Buffer.concat(chunks).toString("utf8"))));
  return promise;
};

// Characters are bytes, so that a test can write any.
const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");

const read = (text: string): RawAnswer => {
  const end = text.indexOf("\r\n\r\n");
  const head = end === -1 ? text : text.slice(0, end);
  const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1];
  return {
    status: status === undefined ? undefined : Number(status),
    head,
    body: end === -1 ? "" : text.slice(end + 4),
  };
};
