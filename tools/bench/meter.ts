import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** Stands before the engine and adds up what it says that it consumed. */
export type Meter = {
  readonly endpoint: string;
  /** Capacity units, indexes included, since the last call. */
  take(): Units;
  stop(): void;
};

export type Units = { read: number; write: number };

const READS = /\.(GetItem|BatchGetItem|Query)$/;

export const startMeter = async (engineEndpoint: string): Promise<Meter> => {
  let units: Units = { read: 0, write: 0 };
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const forwarded = request(`${engineEndpoint}${url}`, { method, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const body = Buffer.concat(chunks);
        const kind = READS.test(String(headers["x-amz-target"])) ? "read" : "write";
        units[kind] += consumedIn(body.toString());
        outgoing.writeHead(response.statusCode ?? 502, response.headers).end(body);
      });
    });
    forwarded.on("error", () => outgoing.destroy());
    incoming.pipe(forwarded);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = units;
      units = { read: 0, write: 0 };
      return taken;
    },
    stop() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
};

type Consumed = { CapacityUnits?: number };

const consumedIn = (body: string): number => {
  const { ConsumedCapacity: reported = [] } = JSON.parse(body) as { ConsumedCapacity?: Consumed | Consumed[] };
  return [reported].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
};
