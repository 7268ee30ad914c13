import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { FUNCTION_TIMEOUT_SECONDS, type FunctionName } from "../../shared/contract/functions.ts";
import { SECOND_MS } from "../../shared/contract/time.ts";
import { refuseRequest } from "./client-error.ts";
import { invocationContext } from "./context.ts";
import { received, toEvent } from "./event.ts";
import { gatewayReply, type Reply, replyOf } from "./reply.ts";
import { REPORTS_PATH, type ServeFile } from "./report-files.ts";
import { parseTarget } from "./request-target.ts";
import { routeTarget } from "./route-key.ts";

export type Invoke = (name: FunctionName, event: APIGatewayProxyEventV2, context: Context) => Promise<unknown>;

export type GatewayOptions = {
  address: string;
  /** 0 uses any free port. */
  port: number;
  /** "" or a path that starts with a slash and ends without one. */
  basePath: string;
  tls: { cert: string; key: string } | undefined;
  invoke: Invoke;
  /** Called for every function that threw: the answer does not say so. */
  onFailure: (name: FunctionName, error: unknown) => void;
  /** Serves the paths below `REPORTS_PATH`, which belong to no function. */
  serveFile?: ServeFile;
  integrationTimeoutMs?: number;
  /** How long a client may need for a request. */
  patience?: ServerOptions;
};

export type Gateway = {
  readonly port: number;
  /** Accepts no more requests. Resolves when the current ones are answered, or after `graceMs`. */
  close(graceMs: number): Promise<void>;
};

/** API Gateway's limits for HTTP APIs (developer guide, "Quotas for configuring and running an HTTP API"). */
export const MAX_PAYLOAD_BYTES = 10 * 1024 * 1024;
export const INTEGRATION_TIMEOUT_MS = 30_000;

/** Serves functions over HTTP as API Gateway's HTTP API does. Rejects with the system's error if it cannot listen. */
export const startGateway = async (options: GatewayOptions): Promise<Gateway> => {
  let closing = false;
  const server = createHttpServer(options, (request, response) => {
    answer(options, request)
      .then((reply) => send(response, reply, closing))
      // Only a broken connection gets here: there is nobody to answer.
      .catch(() => response.destroy());
  });
  server.on("clientError", refuseRequest);
  server.listen(options.port, options.address);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async (graceMs) => {
      closing = true;
      const closed = once(server, "close");
      server.close();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
};

// A client that sends a request slowly, or not at all, must not keep the connection.
const PATIENCE: ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
};

const createHttpServer = (
  { tls, patience = PATIENCE }: GatewayOptions,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Server =>
  tls === undefined
    ? createServer(patience, listener)
    : createTlsServer({ ...patience, ...tls, minVersion: "TLSv1.2" }, listener);

const answer = async (options: GatewayOptions, message: IncomingMessage): Promise<Reply> => {
  const body = await readBody(message);
  if (body === undefined) return gatewayReply(413, "Request Entity Too Large");
  const parsed = parseTarget(message.url ?? "/", options.basePath);
  if (parsed.kind === "malformed") return gatewayReply(400, `Bad Request: ${parsed.reason}`);
  if (parsed.kind === "outside") return gatewayReply(404, "Not Found");
  if (parsed.kind === "bare")
    return { ...gatewayReply(308, "Permanent Redirect"), headers: { location: `${options.basePath}/` } };

  const method = message.method ?? "GET";
  if (options.serveFile !== undefined && parsed.path.startsWith(`${REPORTS_PATH}/`))
    return options.serveFile({ method, ...parsed }).catch(() => gatewayReply(500, "Internal Server Error"));
  const requestId = randomUUID();
  const target = routeTarget(method, parsed.path);
  const event = toEvent(received(message, parsed, body), target, { requestId, nowMs: Date.now() });
  const reply = await integrate(options, target.function, event);
  reply.headers["apigw-requestid"] ??= requestId;
  return reply;
};

const integrate = async (
  { invoke, onFailure, integrationTimeoutMs = INTEGRATION_TIMEOUT_MS }: GatewayOptions,
  name: FunctionName,
  event: APIGatewayProxyEventV2,
): Promise<Reply> => {
  const deadline = performance.now() + FUNCTION_TIMEOUT_SECONDS * SECOND_MS;
  const context = invocationContext(name, event.requestContext.requestId, () => deadline - performance.now());
  const { promise: tooLate, resolve } = Promise.withResolvers<Reply>();
  const timer = setTimeout(() => resolve(gatewayReply(503, "Service Unavailable")), integrationTimeoutMs);
  const result = invoke(name, event, context)
    .then(replyOf)
    .catch((error: unknown) => {
      onFailure(name, error);
      return gatewayReply(500, "Internal Server Error");
    });
  try {
    return await Promise.race([result, tooLate]);
  } finally {
    clearTimeout(timer);
  }
};

// A body over the limit is still read to its end, and dropped: a client that is still writing would see an early answer as
// a broken connection.
const readBody = async (message: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_PAYLOAD_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes > MAX_PAYLOAD_BYTES ? undefined : Buffer.concat(chunks);
};

const send = (response: ServerResponse, reply: Reply, closing: boolean): void => {
  response.writeHead(reply.status, {
    ...reply.headers,
    // An answer that can have no body has no length either, and one to HEAD has that of GET (RFC 9110, section 8.6).
    ...(reply.status === 204 || reply.status === 304 || response.req.method === "HEAD"
      ? {}
      : { "content-length": reply.body.length }),
    ...(closing ? { connection: "close" } : {}),
  });
  response.end(reply.body);
};
