import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createAuthority } from "../../cluster/certificates.ts";

/** A webhook on this machine, in place of Jira's. */
export type Webhook = {
  readonly url: string;
  /** The authority of its certificate, in PEM. */
  readonly authority: string;
  /** The bodies of the requests so far. */
  readonly received: readonly string[];
  close(): Promise<void>;
};

export const openWebhook = async (): Promise<Webhook> => {
  const received: string[] = [];
  const authority = await createAuthority("verify-deploy");
  const server = createServer(await authority.serving(), async (request, answer) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    received.push(Buffer.concat(parts).toString("utf8"));
    answer.end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    authority: authority.pem,
    received,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close").catch(() => undefined);
    },
  };
};
