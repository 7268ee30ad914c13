import { connect, type Socket } from "node:net";
import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";

type Response = { statusCode: number; headers: Record<string, string>; body: Uint8Array };
type Waiting = { resolve(response: Response): void; reject(error: Error): void };

/**
 * Sends the SDK's requests to the embedded engine over a few connections that stay open. Node's HTTP client, made for
 * servers of every kind, costs as much as the rest of a request to this one, which always answers with a length.
 */
export const engineConnections = (endpoint: string): NonNullable<DynamoDBClientConfig["requestHandler"]> => {
  const { host, hostname, port } = new URL(endpoint);
  const idle: Connection[] = [];
  return {
    handle: async ({ headers, body }: { headers: Record<string, string>; body: Uint8Array }) => {
      const connection = idle.pop() ?? openConnection(hostname, Number(port));
      const head = Object.entries({ ...headers, host, "content-length": body.byteLength }).map(
        ([name, value]) => `${name}: ${value}\r\n`,
      );
      const response = await connection.send([Buffer.from(`POST / HTTP/1.1\r\n${head.join("")}\r\n`), body]);
      idle.push(connection);
      return { response };
    },
  } as NonNullable<DynamoDBClientConfig["requestHandler"]>;
};

type Connection = { send(request: readonly Uint8Array[]): Promise<Response> };

const openConnection = (host: string, port: number): Connection => {
  let received: Buffer = Buffer.alloc(0);
  let waiting: Waiting | undefined;
  const end = (error: Error) => {
    waiting?.reject(error);
    waiting = undefined;
  };
  // Unreferenced: an idle connection does not keep the process.
  const socket: Socket = connect(port, host).setNoDelay(true).unref();
  socket.on("error", end);
  socket.on("close", () => end(new Error("the engine closed the connection")));
  socket.on("data", (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const response = responseIn(received);
    if (response === undefined) return;
    received = Buffer.alloc(0);
    waiting?.resolve(response);
    waiting = undefined;
  });
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(Buffer.concat(request));
      }),
  };
};

// One request at a time is under way on a connection, so what was received is one answer or the beginning of one.
const responseIn = (received: Buffer): Response | undefined => {
  const end = received.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const [status = "", ...lines] = received.toString("latin1", 0, end).split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const length = Number(headers["content-length"]);
  if (Number.isNaN(length)) throw new Error("the engine answers without a content-length");
  const body = received.subarray(end + 4);
  return body.length < length ? undefined : { statusCode: Number(status.split(" ")[1]), headers, body };
};
