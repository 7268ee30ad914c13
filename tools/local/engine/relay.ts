import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { EngineGone } from "./child.ts";
import type { DynamoDb } from "./dynamodb.ts";
import type { Request } from "./operations.ts";
import { type Credentials, isSigned } from "./signature.ts";

export type Relay = { readonly endpoint: string; close(): Promise<void> };

/** Above DynamoDB's largest request, of 16 MB. */
const MAX_BODY_BYTES = 20 * 1024 * 1024;
const TARGET_PREFIX = "DynamoDB_20120810.";

/**
 * Serves DynamoDB's API on a free port of 127.0.0.1 for those who hold the credentials. Every other request gets the same
 * 403, before its body is looked at as JSON: one without a valid signature, with another `Host`, or with an `Origin`, which
 * only a page in a browser sends. No answer carries a CORS header.
 */
export const startRelay = async (dynamoDb: DynamoDb, credentials: Credentials, now: () => number): Promise<Relay> => {
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    handle(request, response, port).catch((error: unknown) => {
      const gone = error instanceof EngineGone;
      send(response, 500, "InternalServerError", { message: gone ? error.message : "the local database failed" });
    });
  });

  const handle = async (request: IncomingMessage, response: ServerResponse, port: number): Promise<void> => {
    const { method = "", url = "", headers } = request;
    const isOwn = headers.host === `127.0.0.1:${port}` && headers.origin === undefined;
    const body = isOwn ? await bodyOf(request) : undefined;
    if (body === undefined || !(await isSigned({ method, path: url, headers, body }, credentials, now()))) {
      // Whatever else of the body comes is not wanted.
      response.setHeader("connection", "close");
      send(response, 403, "AccessDeniedException", { message: "a signed request is required" });
      return;
    }
    const target = String(headers["x-amz-target"]);
    const operation = target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : target;
    const answer = await dynamoDb(operation, JSON.parse(body.toString("utf8")) as Request);
    if (answer.ok) {
      response.writeHead(200, { "content-type": CONTENT_TYPE });
      response.end(answer.text);
    } else send(response, answer.type === "InternalServerError" ? 500 : 400, answer.type, answer.body);
  };

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

const CONTENT_TYPE = "application/x-amz-json-1.0";

const send = (response: ServerResponse, status: number, type: string, body: object): void => {
  if (!response.headersSent) response.writeHead(status, { "content-type": CONTENT_TYPE });
  response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, ...body }));
};

/** The whole body; undefined where it is too large. */
const bodyOf = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};
