import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { type AgentEnd, runAgent } from "../../../agent/agent.ts";
import { createLog } from "../../../agent/log.ts";
import type { Settings } from "../../../agent/settings.ts";
import { WAITS, type Waits } from "../../../agent/waits.ts";
import { systemClock } from "../../../agent/wire/clock.ts";
import { type App, LICENSE_KEY } from "../app.ts";
import { type ApiServer, startApiServer } from "../kube/api-server.ts";
import { CATALOG_SCHEMAS } from "../kube/schemas.ts";
import { SHORT_WAITS } from "../kube/watching.ts";
import { fetchOf } from "./license-server.ts";

/** Waits of the agent in milliseconds where a cluster has seconds and minutes. */
const FAST: Waits = {
  ...WAITS,
  gatherMs: 2,
  betweenBeatsMs: 4,
  beatMs: 40,
  registerMs: 10,
  operatorMs: 10,
  tickMs: 5,
  stateMs: 5,
  leaseMs: 5_000,
  leaseRenewMs: 20,
  leaseRetryMs: 5,
  licenseMs: 20,
  licenseRetryMs: 5,
  identityMs: 5,
  drainMs: 1_000,
  watch: SHORT_WAITS,
  catalog: { ...WAITS.catalog, passMs: 20, retryMs: 5 },
};

/** A cluster with its agents, on the functions of a test's server. Time passes as it really does. */
export const clusterOn = async (server: App) => {
  const begin = server.clock.now;
  const realBegin = performance.now();
  let skippedMs = 0;
  const now = (): number => Math.round(begin + performance.now() - realBegin + skippedMs);
  Object.defineProperty(server.clock, "now", { get: now, configurable: true });
  const kube: ApiServer = await startApiServer({ now });
  for (const resource of CATALOG_SCHEMAS.keys()) kube.install(resource);
  const dataDir = await mkdtemp(join(tmpdir(), "agent-"));
  const stops: (() => Promise<unknown>)[] = [];

  const start = (changes: Partial<Settings> = {}, waits: Partial<Waits> = {}) => {
    const wire = fetchOf(server);
    wire.mood.intervalSecs = 0.05;
    const lines: Record<string, unknown>[] = [];
    const stopping = new AbortController();
    let port = 0;
    const settings: Settings = {
      serverUrl: "https://license.example.com",
      credential: { licenseKey: LICENSE_KEY },
      clusterName: "east",
      clusterId: undefined,
      operatorNamespace: "mirrord",
      operatorDeployment: "mirrord-operator",
      address: "127.0.0.1",
      port: 0,
      dataDir,
      logLevel: "debug",
      licenseSecretName: undefined,
      enforceSeats: false,
      killPreviews: false,
      applyCatalog: false,
      restartOperator: false,
      proxy: undefined,
      holder: `pod-${stops.length}`,
      inPod: true,
      ...changes,
    };
    let ids = 0;
    const running: Promise<AgentEnd> = runAgent(
      {
        settings,
        authority: { server: kube.url, apply: async () => {} },
        fetch: wire.fetch,
        clock: { now, sleep: systemClock.sleep },
        random: { next: () => 0 },
        newId: () => `${settings.holder}-${++ids}`,
        waits: { ...FAST, ...waits },
        log: createLog("debug", (line) => void lines.push(JSON.parse(line)), now),
        onListening: (listening) => {
          port = listening;
        },
      },
      stopping.signal,
    );
    const stop = (): Promise<AgentEnd> => {
      stopping.abort();
      return running;
    };
    stops.push(stop);
    return {
      ...wire,
      lines,
      running,
      stop,
      said: (): string[] => lines.map(({ message }) => String(message)),
      get: async (path: string): Promise<{ status: number; text: string }> => {
        const response = await fetch(`http://127.0.0.1:${port}${path}`);
        return { status: response.status, text: await response.text() };
      },
    };
  };

  return {
    kube,
    now,
    dataDir,
    start,
    /** Lets time pass at once. */
    skip: (ms: number): void => {
      skippedMs += ms;
    },
    /** Waits until the assertions hold. */
    until: (assertions: () => unknown): Promise<unknown> => vi.waitFor(assertions, { timeout: 10_000, interval: 3 }),
    close: async (): Promise<void> => {
      await Promise.all(stops.map((stop) => stop()));
      await kube.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};
