import { Agent, request } from "node:http";

/** What came of a call, its body read as JSON. */
export type Answer<T> = { status: number; body: T };

/** Calls one server with its license key. */
export type HttpClient = {
  /**
   * Rejects where no answer comes. A body that is a text is sent as it stands, any other as JSON. As many calls as are made
   * are under way at once, each on a connection of its own that is kept.
   */
  call<T>(method: "GET" | "POST", path: string, body?: unknown): Promise<Answer<T>>;
  close(): void;
};

// Not `fetch`: what it spends on a call the server, in the same process, could not use.
export const createHttpClient = (url: string, licenseKey: string): HttpClient => {
  const agent = new Agent({ keepAlive: true });
  return {
    call: <T>(method: "GET" | "POST", path: string, body?: unknown) =>
      new Promise<Answer<T>>((resolve, reject) => {
        const text = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
        const headers = {
          "x-license-key": licenseKey,
          ...(text === "" ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
        };
        const sent = request(`${url}${path}`, { method, headers, agent }, (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            try {
              resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) as T });
            } catch (error) {
              reject(error);
            }
          });
        });
        sent.on("error", reject);
        sent.end(text);
      }),
    close: () => agent.destroy(),
  };
};
