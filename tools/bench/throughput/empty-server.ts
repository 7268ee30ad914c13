import { listen } from "../../local/listen.ts";
import { createHttpClient, type HttpClient } from "../http-client.ts";

/** A function that does nothing, behind the same HTTP server as the real ones. */
export const startEmptyServer = async (): Promise<{ call: HttpClient["call"]; close(): Promise<void> }> => {
  const gateway = await listen({
    address: "127.0.0.1",
    port: 0,
    basePath: "",
    tls: undefined,
    invoke: async () => ({ statusCode: 200, body: "{}" }),
    onFailure: (_name, error) => {
      throw error;
    },
  });
  const client = createHttpClient(`http://127.0.0.1:${gateway.port}`, "no-key-is-asked-for");
  return {
    call: client.call,
    async close() {
      client.close();
      await gateway.close(0);
    },
  };
};
