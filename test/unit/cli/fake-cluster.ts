import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type KubeCall = { method: string; path: string; headers: IncomingHttpHeaders; body: unknown };

/** What the API server answers; undefined is a 404. A string is the reason of a 403. */
export type KubeAnswer = (call: KubeCall) => object | string | undefined;

/** An API server in this process, and a kubeconfig that leads to it. Close it in the end. */
export const fakeCluster = async (answer: KubeAnswer) => {
  const calls: KubeCall[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { method = "GET", url: path = "", headers } = request;
    const call = { method, path, headers, body: text === "" ? undefined : JSON.parse(text) };
    calls.push(call);
    const found = answer(call);
    const [status, body] =
      found === undefined
        ? [404, { kind: "Status", reason: "NotFound", message: "not found" }]
        : typeof found === "string"
          ? [403, { kind: "Status", reason: "Forbidden", message: found }]
          : [200, found];
    response.writeHead(status, { "content-type": "application/json", date: new Date(DATE).toUTCString() });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const folder = mkdtempSync(join(tmpdir(), "license-server-kubeconfig-"));
  const kubeconfig = join(folder, "config");
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true } }],
      users: [{ name: "u", user: {} }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }),
  );
  return {
    kubeconfig,
    calls,
    close: () => {
      rmSync(folder, { recursive: true });
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
};

/** The API server's clock: the one of `fakeRun`. */
const DATE = "2026-11-20T08:00:00Z";
