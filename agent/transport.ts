import { type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import type { Settings } from "./settings.ts";
import type { Fetch, Fetched } from "./wire/call.ts";

/** More than any answer of the license server has. A longer one counts as none. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * The fetch for calls to the license server. With a proxy it goes through that; calls to the Kubernetes API never do. The proxy
 * support is loaded only then: it takes much of the memory that an agent may use.
 */
export const createTransport = async (proxy: Settings["proxy"]): Promise<Fetch> => {
  if (proxy === undefined) return fetchDirectly;
  const { EnvHttpProxyAgent, fetch } = await import("undici");
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: "",
    httpsProxy: proxy.url,
    noProxy: proxy.except,
    maxResponseSize: MAX_BYTES,
  });
  return (url, init) => fetch(url, { ...init, dispatcher });
};

// The global fetch takes 15 MB when it is first used. Each call has a connection of its own: heartbeats are further apart than
// many load balancers keep a connection open, and a call on a connection that was just closed would be lost.
const fetchDirectly: Fetch = (address, { method = "GET", headers = {}, body, signal }) =>
  new Promise((resolve, reject) => {
    const url = new URL(address);
    const payload = body === undefined ? undefined : Buffer.from(body);
    const open = url.protocol === "http:" ? requestPlain : requestTls;
    const length = payload === undefined ? {} : { "content-length": payload.length };
    const outgoing = open(url, { method, headers: { ...headers, ...length }, agent: false, signal });
    outgoing.once("error", reject);
    outgoing.once("response", (response) => {
      whole(response).then(resolve, reject);
    });
    outgoing.end(payload);
  });

const whole = async (response: IncomingMessage): Promise<Fetched> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`the answer is longer than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  const status = response.statusCode ?? 0;
  return {
    status,
    ok: status >= 200 && status < 300,
    headers: {
      get: (name) => {
        const value = response.headers[name.toLowerCase()];
        return value === undefined ? null : String(value);
      },
    },
    text: async () => Buffer.concat(chunks).toString("utf8"),
  };
};
