import { once } from "node:events";
import { createServer, type RequestListener, request } from "node:http";
import type { AddressInfo } from "node:net";
import type { World } from "./world.ts";

export type Served = { origin: string; stop: () => Promise<void> };

/** Serves on a free port. */
export const serve = async (listener: RequestListener): Promise<Served> => {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};

/**
 * A proxy in front of the real server that answers the given paths itself. With `connectTo`, the page's policy also allows that
 * origin, as a deployment allows the report bucket's.
 */
export const serveProxy = async (
  world: World,
  answers: Readonly<Record<string, RequestListener>>,
  connectTo?: string,
): Promise<Served & { url: string }> => {
  const target = new URL(world.url);
  const served = await serve((incoming, outgoing) => {
    const path = new URL(incoming.url ?? "/", target).pathname.slice(target.pathname.length);
    const own = answers[path];
    if (own !== undefined) return own(incoming, outgoing);
    const { method, headers } = incoming;
    const where = { host: target.hostname, port: target.port, path: incoming.url, method, headers };
    const onward = request(where, (answer) => {
      const policy = answer.headers["content-security-policy"];
      if (connectTo !== undefined && typeof policy === "string")
        answer.headers["content-security-policy"] = policy.replace("connect-src 'self'", `$& ${connectTo}`);
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
    return undefined;
  });
  return { ...served, url: `${served.origin}${target.pathname}` };
};
