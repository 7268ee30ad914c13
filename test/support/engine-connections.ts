import { connect, type Socket } from "node:net";

export type EngineResponse = { statusCode: number; headers: Record<string, string>; body: Uint8Array };
export type EngineConnections = {
  /** Sends a request with these headers, besides the host and the length. */
  request(headers: Record<string, string>, body: Uint8Array): Promise<EngineResponse>;
};

type Waiting = { resolve(response: EngineResponse): void; reject(error: Error): void };

/**
 * Sends requests to the embedded engine over a few connections that stay open. Node's HTTP client, made for servers of
 * every kind, costs as much as the rest of a request to this one, which always answers with a length.
 */
export const engineConnections = (endpoint: string): EngineConnections => {
  const { host, hostname, port } = new URL(endpoint);
  const idle: Connection[] = [];
  return {
    async request(headers, body) {
      const connection = idle.pop() ?? openConnection(hostname, Number(port));
      let head = `POST / HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${body.byteLength}\r\n`;
      for (const name in headers)
        if (name !== "host" && name !== "content-length") head += `${name}: ${headers[name]}\r\n`;
      const response = await connection.send([Buffer.from(`${head}\r\n`, "latin1"), body]);
      idle.push(connection);
      return response;
    },
  };
};
type Connection = { send(request: readonly Uint8Array[]): Promise<EngineResponse> };

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
const responseIn = (received: Buffer): EngineResponse | undefined => {
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
