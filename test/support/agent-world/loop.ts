import type { CatalogStatus } from "../../../agent/catalog/status.ts";
import { createCredential } from "../../../agent/credential.ts";
import { createLog } from "../../../agent/log.ts";
import { createLoop } from "../../../agent/loop/loop.ts";
import { createStopReports } from "../../../agent/loop/stop-reports.ts";
import type { Identity } from "../../../agent/loop/types.ts";
import { createSessions } from "../../../agent/sessions/machine.ts";
import { KINDS, type Observation } from "../../../agent/sessions/types.ts";
import type { CredentialSource } from "../../../agent/settings.ts";
import { createTroubles } from "../../../agent/troubles.ts";
import { WAITS } from "../../../agent/waits.ts";
import { createClient } from "../../../agent/wire/client.ts";
import { createOutbox, type OutboxOptions } from "../../../agent/wire/outbox.ts";
import { formatTime } from "../../../shared/contract/time.ts";
import { type App, LICENSE_KEY } from "../app.ts";
import { clusterSession, multiClusterSession, type ObjectFields, previewSession } from "../kube/objects.ts";
import { fetchOf } from "./license-server.ts";

type Observed = Observation extends infer One ? (One extends { at: number } ? Omit<One, "at"> : never) : never;

export type LoopWorldOptions = {
  identity?: Partial<Identity>;
  credential?: CredentialSource;
  readFile?: (path: string) => string | undefined;
  operatorVersion?: string;
  outbox?: OutboxOptions;
};

const CLUSTER = "6f9e2c14-0b1d-4c55-9a0e-7d3f5b8a1c20";

/** The loop of an agent with its sessions, on the functions of a test's server. Time passes only in `pass`. */
export const loopOn = (server: App, options: LoopWorldOptions = {}) => {
  const wire = fetchOf(server);
  const now = () => server.clock.now;
  const clock = { now, sleep: async () => {} };
  const lines: Record<string, unknown>[] = [];
  const log = createLog("debug", (line) => void lines.push(JSON.parse(line)), now);
  const outbox = createOutbox(options.outbox);
  const troubles = createTroubles(log, (error) => outbox.error({ timestamp: formatTime(now()), error }));
  const identity: Identity = {
    instanceId: `cluster-${CLUSTER}`,
    clusterId: CLUSTER,
    clusterName: "east",
    version: "0.2.0",
    processId: "process-1",
    enforces: false,
    killsPreviews: false,
    appliesCatalog: false,
    ...options.identity,
  };
  const sessions = createSessions({ instanceId: identity.instanceId });
  const credential = createCredential(options.credential ?? { licenseKey: LICENSE_KEY }, options.readFile);
  const stops = createStopReports();
  const revisions: number[] = [];
  /** The status of the catalog that waits for a heartbeat, and those that the server has. */
  const catalog = { status: undefined as CatalogStatus | undefined, delivered: [] as CatalogStatus[] };
  const terminated: (readonly string[])[] = [];
  const denied: string[] = [];
  const licenses: string[] = [];
  const operator = { version: options.operatorVersion };
  let nonces = 0;
  const loop = createLoop({
    identity,
    client: createClient({
      url: "https://license.example.com",
      fetch: wire.fetch,
      clock,
      credential: credential.headers,
    }),
    clock,
    random: { next: () => 0.5 },
    nonce: () => `nonce-${++nonces}`,
    waits: WAITS,
    outbox,
    sessions,
    operatorVersion: () => operator.version,
    stops,
    catalog: {
      waiting: () => catalog.status,
      delivered: (status) => {
        catalog.delivered.push(status);
        if (catalog.status === status) catalog.status = undefined;
      },
    },
    credential,
    log,
    troubles,
    listener: {
      license: ({ fingerprint }) => void licenses.push(fingerprint),
      terminate: (ids) => void terminated.push(ids),
      denied: (id, code) => void denied.push(`${id} ${code}`),
      catalog: (revision) => void revisions.push(revision),
      over: (sessionId) => observe({ type: "over", sessionId }),
      answered: () => {},
      beat: () => {},
    },
  });

  const observe = (observation: Observed): void => {
    const changes = sessions.observe({ at: now(), ...observation } as Observation);
    for (const start of changes.started) outbox.started(start);
    for (const end of changes.ended) outbox.ended(end);
    for (const { session_id, locked_ports } of changes.changed) outbox.changed(session_id, locked_ports);
    loop.wake();
  };
  const fields = (uid: string): ObjectFields => ({ uid, name: uid.slice(0, 16), created: formatTime(now()) });

  return {
    ...wire,
    ...{
      identity,
      sessions,
      outbox,
      loop,
      credential,
      lines,
      troubles,
      stops,
      catalog,
      revisions,
      terminated,
      denied,
      licenses,
      operator,
      observe,
    },
    /** Registrations and heartbeats so far. */
    registrations: () => wire.calls.filter(({ path }) => path === "/api/v1/license"),
    beats: () => wire.calls.filter(({ path }) => path === "/api/v1/heartbeat"),
    /** The lists of all kinds, with these objects. */
    list: (objects: Partial<Record<(typeof KINDS)[number], unknown[]>> = {}): void => {
      for (const kind of KINDS) observe({ type: "listed", kind, objects: objects[kind] ?? [] });
    },
    session: (uid: string, changes: Partial<ObjectFields> = {}) => clusterSession({ ...fields(uid), ...changes }),
    parent: (uid: string, changes: Partial<ObjectFields> = {}) => multiClusterSession({ ...fields(uid), ...changes }),
    preview: (uid: string, changes: Partial<ObjectFields> = {}) =>
      previewSession({ ...fields(uid), status: { phase: "Ready", startedAt: formatTime(now()) }, ...changes }),
    see: (kind: (typeof KINDS)[number], object: unknown): void => observe({ type: "seen", kind, object }),
    /** Lets time pass, and the loop do what is due. Returns how the loop ended, if it did. */
    pass: async (ms: number): Promise<"superseded" | undefined> => {
      const end = now() + ms;
      for (;;) {
        const step = await loop.step();
        if (step.kind === "superseded") return "superseded";
        if (now() + step.ms > end) {
          server.clock.now = end;
          return undefined;
        }
        server.clock.now += step.ms;
      }
    },
  };
};
