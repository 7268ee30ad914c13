import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { type Entrance, openEntrance } from "../../../tools/verify/deploy/entrance.ts";
import { selfSigned } from "../../support/self-signed.ts";

const API_URL = "https://abc123.execute-api.eu-central-1.amazonaws.com";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Tells which host it was asked as, and for what. */
const tellHost: RequestListener = (request, answer) =>
  answer.end(`${request.method} ${request.headers.host}${request.url}`);

const listening = async (server: Server): Promise<string> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const entranceTo = async (endpoint: string): Promise<Entrance> => {
  const entrance = await openEntrance(API_URL, endpoint);
  cleanups.push(() => entrance.close());
  return entrance;
};

describe("the entrance to an API that an emulator serves", () => {
  it("leads to the emulator's own address under the API's host name", async () => {
    const { url } = await entranceTo(`http://${await listening(createHttpServer(tellHost))}`);
    expect(await (await fetch(`${url}/health?a=b`)).text()).toBe(
      "GET abc123.execute-api.eu-central-1.amazonaws.com/health?a=b",
    );
  });

  it("does so over HTTPS too, and holds the certificate against the address, not against the API's name", async () => {
    const tls = await selfSigned();
    const { url } = await entranceTo(`https://${await listening(createHttpsServer(tls, tellHost))}`);
    expect((await fetch(`${url}/health`)).status).toBe(502);
    const before = getCACertificates("default");
    setDefaultCACertificates([...before, tls.cert]);
    cleanups.push(() => setDefaultCACertificates(before));
    expect(await (await fetch(`${url}/health`)).text()).toBe(
      "GET abc123.execute-api.eu-central-1.amazonaws.com/health",
    );
  });
});
