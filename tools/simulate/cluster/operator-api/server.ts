import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createAuthority } from "../../../cluster/certificates.ts";
import type { OperatorCluster } from "../stage.ts";
import { answer, type OperatorAnswer, type OperatorGeneration } from "./answer.ts";

/** The operator's own API of one cluster, which the API server calls for clients. */
export type OperatorApi = {
  readonly port: number;
  /** Calls of clients so far, in order: `DELETE /apis/…`. */
  readonly calls: readonly string[];
  close(): Promise<void>;
};

export type OperatorApiOptions = { generation: OperatorGeneration; now: () => number };

/** Serves the API on a free port of this machine. */
export const serveOperatorApi = async (
  cluster: OperatorCluster,
  { generation, now }: OperatorApiOptions,
): Promise<OperatorApi> => {
  const { cert, key } = await (await createAuthority("operator")).serving();
  const calls: string[] = [];
  const server = createServer({ cert, key }, (request, response) => {
    const { method = "GET", url = "/" } = request;
    // The API server itself asks for the discovery document, again and again.
    if (request.headers["x-remote-user"] !== "system:aggregator" && url.includes("/v1/"))
      calls.push(`${method} ${url}`);
    request.resume();
    request.once("end", () => {
      const { status, body }: OperatorAnswer = answer(cluster, generation, now(), method, url);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
