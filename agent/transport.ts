import type { Settings } from "./settings.ts";

/**
 * The fetch for calls to the license server. With a proxy it goes through that; calls to the Kubernetes API never do. The proxy
 * support is loaded only then: it takes much of the memory that an agent may use.
 */
export const createTransport = async (proxy: Settings["proxy"]): Promise<typeof fetch> => {
  if (proxy === undefined) return globalThis.fetch;
  const { EnvHttpProxyAgent, fetch: fetchWith } = await import("undici");
  const dispatcher = new EnvHttpProxyAgent({ httpProxy: "", httpsProxy: proxy.url, noProxy: proxy.except });
  const fetchThroughProxy = (input: string | URL, init: object = {}) => fetchWith(input, { ...init, dispatcher });
  return fetchThroughProxy as unknown as typeof fetch;
};
