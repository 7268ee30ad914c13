import { once } from "node:events";
import { createServer, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { type AddressInfo, isIP } from "node:net";

export type Entrance = { readonly url: string; close(): Promise<void> };

/**
 * A local address for the deployed API. An emulator finds an API by its host name, which no resolver knows. So requests to
 * this address go to the emulator's own address, with that host name.
 */
export const openEntrance = async (apiUrl: string, endpoint: string): Promise<Entrance> => {
  const { host } = new URL(apiUrl);
  const { protocol, hostname, port } = new URL(endpoint);
  const request = protocol === "https:" ? requestHttps : requestHttp;
  // The certificate is for the emulator's address, not for the host name of the request.
  const servername = isIP(hostname) === 0 ? hostname : "";
  const server = createServer((incoming, answer) => {
    const forwarded = request(
      {
        hostname,
        port,
        servername,
        method: incoming.method,
        path: incoming.url,
        headers: { ...incoming.headers, host },
      },
      (from) => {
        answer.writeHead(from.statusCode ?? 502, from.headers);
        from.pipe(answer);
      },
    );
    forwarded.once("error", (error) => {
      answer.writeHead(502);
      answer.end(String(error));
    });
    incoming.pipe(forwarded);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close").catch(() => undefined);
    },
  };
};
