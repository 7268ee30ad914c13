import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export type HealthOptions = {
  address: string;
  port: number;
  /** The loops that are not alive. */
  late: () => readonly string[];
  /** Whether every kind of object has been listed completely. */
  isReady: () => boolean;
  metrics: () => string;
};

export type Health = { port: number; close(): Promise<void> };

export type HealthOutcome = { kind: "listening"; health: Health } | { kind: "failed"; detail: string };

/** Serves `/healthz`, `/readyz` and `/metrics`. */
export const serveHealth = (options: HealthOptions): Promise<HealthOutcome> => {
  const answers: Record<string, () => [status: number, text: string]> = {
    "/healthz": () => {
      const late = options.late();
      return late.length === 0 ? [200, "ok\n"] : [503, `Not alive: ${late.join(", ")}\n`];
    },
    "/readyz": () => (options.isReady() ? [200, "ok\n"] : [503, "No complete list of sessions yet\n"]),
    "/metrics": () => [200, options.metrics()],
  };
  const server = createServer((request, response) => {
    const path = (request.url ?? "").split("?")[0] ?? "";
    const isRead = request.method === "GET" || request.method === "HEAD";
    const [status, text] = isRead ? (answers[path]?.() ?? [404, "Not found\n"]) : [405, "Method not allowed\n"];
    const type = path === "/metrics" ? "text/plain; version=0.0.4; charset=utf-8" : "text/plain; charset=utf-8";
    response.writeHead(status, { "content-type": type, ...(status === 405 ? { allow: "GET, HEAD" } : {}) });
    response.end(request.method === "HEAD" ? undefined : text);
    request.resume();
  });
  return new Promise((resolve) => {
    server.once("error", (error) => resolve({ kind: "failed", detail: error.message }));
    server.listen(options.port, options.address, () =>
      resolve({
        kind: "listening",
        health: { port: (server.address() as AddressInfo).port, close: () => close(server) },
      }),
    );
  });
};

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
