import { Agent, type RequestOptions, request } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";

export type ApiAnswer = { status: number; body: unknown };

/** JSON calls to one API server over kept connections. */
export type ApiClient = {
  readonly url: string;
  /** The answer, whatever its status. Throws if there is none within `timeoutMs` (10 s). */
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<ApiAnswer>;
  /** The body of an answer of the 200s. Throws with the server's message otherwise. */
  expect(method: string, path: string, body?: unknown, options?: CallOptions): Promise<unknown>;
  close(): void;
};

export type CallOptions = { contentType?: string; timeoutMs?: number };

export const MERGE_PATCH = "application/merge-patch+json";
export const APPLY = "application/apply-patch+yaml";

const MAX_SOCKETS = 32;
const TIMEOUT_MS = 10_000;

/** A client with the server and the credentials of the kubeconfig's current context. */
export const createApiClient = async (config: KubeConfig): Promise<ApiClient> => {
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Error("the kubeconfig has no current cluster. Set current-context");
  const { ca, cert, key, rejectUnauthorized, headers } = await credentialsOf(config);
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, ca, cert, key, rejectUnauthorized });
  const call: ApiClient["call"] = (method, path, body, options = {}) =>
    send(new URL(`${server.replace(/\/$/, "")}${path}`), { method, agent, headers: { ...headers } }, body, options);
  return {
    url: server,
    call,
    expect: async (method, path, body, options) => {
      const answer = await call(method, path, body, options);
      if (answer.status >= 200 && answer.status < 300) return answer.body;
      throw new Error(`${method} ${path}: ${answer.status} ${messageOf(answer.body)}`);
    },
    close: () => agent.destroy(),
  };
};

const credentialsOf = async (config: KubeConfig): Promise<RequestOptions> => {
  const options: RequestOptions = { headers: {} };
  await config.applyToHTTPSOptions(options);
  return options;
};

const send = (url: URL, options: RequestOptions, body: unknown, given: CallOptions): Promise<ApiAnswer> =>
  new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      ...options.headers,
      accept: "application/json",
      ...(payload === undefined
        ? {}
        : { "content-type": given.contentType ?? "application/json", "content-length": payload.length }),
    };
    const signal = AbortSignal.timeout(given.timeoutMs ?? TIMEOUT_MS);
    const sent = request(url, { ...options, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, body: parsed(text) });
      });
    });
    sent.once("error", reject);
    sent.end(payload);
  });

// Some answers are plain text, such as the one of an API server that is not ready.
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** The message of a Kubernetes Status, or the body as text. */
export const messageOf = (body: unknown): string =>
  typeof body === "object" && body !== null && "message" in body ? String(body.message) : JSON.stringify(body);
