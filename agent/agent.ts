import { join } from "node:path";
import { SERVER } from "../shared/contract/server.ts";
import { formatTime, MINUTE_MS, SECOND_MS } from "../shared/contract/time.ts";
import { type CatalogKeeper, createCatalogKeeper } from "./catalog/keeper.ts";
import { createCredential, tokenTrouble } from "./credential.ts";
import { createEnforcer, NO_SEAT } from "./enforce/enforcer.ts";
import { createAlive } from "./health/alive.ts";
import { createMetrics } from "./health/metrics.ts";
import { serveHealth } from "./health/server.ts";
import { keepLease, takeLease } from "./hold-lease.ts";
import { readClusterId } from "./identity.ts";
import { createLicenseKeeper } from "./keep-license.ts";
import type { Authority } from "./kube/authority.ts";
import { createKube } from "./kube/kube.ts";
import { createLease } from "./lease/lease.ts";
import { createOperatorRestart } from "./license/restart.ts";
import { createLicenseSecret } from "./license/secret.ts";
import type { Log } from "./log.ts";
import { createLoop } from "./loop/loop.ts";
import { createStopReports } from "./loop/stop-reports.ts";
import { readOperator } from "./operator/read.ts";
import { openJournal } from "./outbox/journal.ts";
import { createSavedState } from "./outbox/saved-state.ts";
import { createSessions } from "./sessions/machine.ts";
import { KINDS, type Observation } from "./sessions/types.ts";
import type { Settings } from "./settings.ts";
import { createStopper } from "./stop/stopper.ts";
import { createTroubles } from "./troubles.ts";
import type { Waits } from "./waits.ts";
import { createClockOffset } from "./watch/offset.ts";
import { watchAll } from "./watch/watch.ts";
import type { Jitter } from "./wire/backoff.ts";
import type { Fetch } from "./wire/call.ts";
import { createClient } from "./wire/client.ts";
import type { Clock } from "./wire/clock.ts";
import { createOutbox } from "./wire/outbox.ts";

export type AgentDependencies = {
  settings: Settings;
  authority: Authority;
  /** For calls to the license server. */
  fetch: Fetch;
  clock: Clock;
  random: Jitter;
  newId: () => string;
  waits: Waits;
  log: Log;
  /** Called when probes and metrics are served. */
  onListening?: (port: number) => void;
};

/** `refused`: the agent cannot do its work here, and `detail` says why in a line. `replaced`: another process does it. */
export type AgentEnd = { kind: "stopped" } | { kind: "refused" | "replaced"; detail: string };

const JOURNAL_BYTES = 16 * 1024 * 1024;
const MAX_EVENTS = 10_000;
const WARN_OFFSET_MS = 5 * MINUTE_MS;

/** Runs the agent until the signal is aborted, or another process takes over. */
export const runAgent = async (dependencies: AgentDependencies, signal: AbortSignal): Promise<AgentEnd> => {
  const { settings, authority, clock, random, newId, waits, log } = dependencies;
  const { now } = clock;
  const metrics = createMetrics();
  const alive = createAlive(now, waits.aliveMs);
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);

  let onKubeAnswer = (): void => {};
  const kube = createKube({
    authority,
    timeoutMs: waits.kubeCallMs,
    onCall: ({ status }) => {
      // A refusal is an answer, too, but one by which nothing is known.
      if (status >= 200 && status < 500 && status !== 401 && status !== 403) onKubeAnswer();
    },
  });
  const succeeded = (side: string) => () =>
    metrics.set("last_success_timestamp_seconds", Math.floor(now() / SECOND_MS), { side });
  onKubeAnswer = succeeded("kubernetes");

  let isReady = (): boolean => false;
  let refreshMetrics = (): void => {};
  const served = await serveHealth({
    ...{ address: settings.address, port: settings.port, late: alive.late, isReady: () => isReady() },
    metrics: () => {
      refreshMetrics();
      return metrics.text();
    },
  });
  if (served.kind === "failed")
    return {
      kind: "refused",
      detail: `Probes cannot be served on ${settings.address}:${settings.port}: ${served.detail}. Set ADDRESS and PORT.`,
    };
  const { health } = served;
  dependencies.onListening?.(health.port);

  let reportError = (_text: string): void => {};
  let wake = (): void => {};
  const troubles = createTroubles(log, (text) => reportError(text));
  const credential = createCredential(settings.credential);
  const client = createClient({
    ...{ url: settings.serverUrl, fetch: dependencies.fetch, clock, timeoutMs: waits.serverCallMs },
    credential: credential.headers,
  });
  const catalog: CatalogKeeper | undefined = settings.applyCatalog
    ? createCatalogKeeper({
        fetchSet: client.catalog,
        ...{ kube, clock, waits: waits.catalog, metrics, log, troubles },
        onStatus: () => {
          hasChanged = true;
          wake();
        },
        onLook: (ms) => alive.within("catalog", ms),
      })
    : undefined;
  const hold = {
    lease: createLease({
      ...{ kube, namespace: settings.operatorNamespace, durationMs: waits.leaseMs, now },
      holder: `${settings.holder}_${newId()}`,
      ...(catalog === undefined ? {} : { annotations: catalog.lease.annotations, onFound: catalog.lease.found }),
    }),
    ...{ clock, waits, log, troubles, metrics, signal: stopped },
    onLook: (ms: number) => alive.within("lease", ms),
  };

  const clusterId = settings.clusterId ?? (await findClusterId());
  if (typeof clusterId !== "string") return finish(clusterId);
  const taken = await takeLease(hold, settings.inPod);
  if (taken.kind === "refused") return finish(taken);

  const instanceId = `cluster-${clusterId}`;
  const folder = join(settings.dataDir, encodeURIComponent(instanceId));
  const saved = createSavedState(join(folder, "state.json"));
  const restored = partsOf(saved.read());
  catalog?.restore(restored.catalog);
  const sessions = createSessions({ instanceId, waits: waits.sessions, restored: restored.sessions });
  const journal = openJournal({
    path: join(folder, "events.jsonl"),
    maxBytes: JOURNAL_BYTES,
    onFault: (fault) => troubles.set("events-file", fault && `Events are not kept over a restart: ${fault}.`),
  });
  const outbox = createOutbox({
    ...{ store: journal, restored: journal.found, maxEvents: MAX_EVENTS },
    onDropped: (kind) => {
      metrics.add("events_dropped_total", { kind });
      if (kind === "ended")
        troubles.begin(
          "events-full",
          "The file of waiting events is full. Ends of sessions are lost until the server answers.",
        );
    },
  });
  reportError = (text) => {
    outbox.error({ timestamp: formatTime(now()), error: text });
    loop.wake();
  };
  const enforcer = createEnforcer({
    ...{ enforces: settings.enforceSeats, kube, sessions, reporter: settings.holder, now, waits, log, troubles },
    restored: restored.enforcer,
  });
  const reports = createStopReports();
  const stopper = createStopper({
    ...{ kube, sessions, killsPreviews: settings.killPreviews, now, waits: waits.stop, trouble: troubles.set },
    onOutcome: (report) => {
      reports.add(report);
      metrics.add("stops_total", { outcome: report.outcome });
      log.info("Asked the operator to stop a session", report);
      loop.wake();
    },
  });
  let operatorVersion: string | undefined;
  let operatorExpiry: string | undefined;
  let serverOffsetMs = 0;

  const licenseKeeper =
    settings.licenseSecretName === undefined
      ? undefined
      : createLicenseKeeper(
          createLicenseSecret({
            ...{ kube, namespace: settings.operatorNamespace, name: settings.licenseSecretName, log, troubles },
            now: () => now() + serverOffsetMs,
            onWritten: () => metrics.add("license_applies_total"),
          }),
          { clock, waits, onLook: (ms) => alive.within("license", ms) },
        );
  const restart = settings.restartOperator
    ? createOperatorRestart({
        ...{ kube, namespace: settings.operatorNamespace, deployment: settings.operatorDeployment, now, log, troubles },
        beforeMs: waits.restartBeforeMs,
      })
    : undefined;

  const background = new Set<Promise<unknown>>();
  const failure = Promise.withResolvers<never>();
  const run = (work: Promise<unknown>): void => {
    background.add(work);
    work.then(() => background.delete(work), failure.reject);
  };

  const loop = createLoop({
    identity: {
      ...{ instanceId, clusterId, clusterName: settings.clusterName, version: SERVER.version, processId: newId() },
      ...{ enforces: settings.enforceSeats, killsPreviews: settings.killPreviews },
      appliesCatalog: settings.applyCatalog,
    },
    ...{ client, clock, random, nonce: newId, waits, outbox, sessions, stops: reports, credential, log, troubles },
    catalog: catalog?.reports ?? NO_REPORTS,
    operatorVersion: () => operatorVersion,
    listener: {
      license: ({ pem }) => {
        if (pem !== undefined) licenseKeeper?.offer(pem);
      },
      terminate: (ids) => run(enforcer.allow(ids).then(stopper.stop)),
      denied: (id, code) => {
        metrics.add("denials_total", { code });
        enforcer.denied(id, code);
        // The next answer asks to stop it.
        if (settings.enforceSeats) loop.wake();
      },
      catalog: (revision) => catalog?.noted(revision),
      over: (sessionId) => observe({ at: now(), type: "over", sessionId }),
      answered: (offsetMs) => {
        serverOffsetMs = offsetMs;
        succeeded("license_server")();
        troubles.over("events-full");
        noteOffset("license_server", offsetMs);
      },
      beat: (outcome) => metrics.add("heartbeats_total", { outcome }),
    },
  });

  wake = loop.wake;

  const noteOffset = (of: string, offsetMs: number): void => {
    metrics.set("clock_offset_seconds", offsetMs / SECOND_MS, { of });
    const minutes = Math.round(Math.abs(offsetMs) / MINUTE_MS);
    const fault = `The agent's clock and that of the ${of.replace("_", " ")} differ by ${minutes} minutes. Set the clocks.`;
    troubles.set(`clock-${of}`, Math.abs(offsetMs) > WARN_OFFSET_MS ? fault : undefined);
  };

  let hasChanged = false;
  /** This process has had a complete list of every kind. */
  let isComplete = false;
  const observe = (observation: Observation): void => {
    if (observation.type === "offset") noteOffset("api_server", observation.offsetMs);
    const { started, ended, changed, childrenChanged, faults } = sessions.observe(observation);
    if (observation.type !== "tick") hasChanged = true;
    for (const start of started) outbox.started(start);
    for (const end of ended) {
      outbox.ended(enforcer.isEnforced(end.session_id) ? { ...end, reason: NO_SEAT } : end);
      enforcer.forget(end.session_id);
    }
    for (const { session_id, locked_ports } of changed) outbox.changed(session_id, locked_ports);
    for (const fault of faults) {
      log.warn(fault);
      outbox.error({ timestamp: formatTime(now()), error: fault });
    }
    const list = isComplete ? undefined : sessions.view().list;
    if (list !== undefined) log.info("Listed all sessions", { live: list.length });
    isComplete ||= list !== undefined;
    if (list !== undefined || childrenChanged || started.length + ended.length + changed.length + faults.length > 0)
      loop.wake();
  };

  const saveState = (): void => {
    if (!hasChanged) return;
    hasChanged = false;
    const fault = saved.write({ sessions: sessions.state(), enforcer: enforcer.state(), catalog: catalog?.state() });
    troubles.set("state-file", fault && `What the agent knows is not kept over a restart: ${fault}.`);
  };

  isReady = () => isComplete;
  refreshMetrics = () => {
    const view = sessions.view();
    for (const kind of KINDS) metrics.set("objects", sessions.counts()[kind], { kind });
    metrics.set("sessions_live", view.list?.length ?? 0);
    metrics.set("events_waiting", outbox.size());
    metrics.set("events_file_bytes", journal.bytes());
    metrics.set("observed_timestamp_seconds", Math.floor((view.observedAt ?? 0) / SECOND_MS));
    metrics.set("troubles", troubles.current().size);
  };

  /** Does the work now and after each wait, until the agent stops. */
  const every = async (name: string, waitMs: number, work: () => Promise<void> | void): Promise<void> => {
    while (!stopped.aborted) {
      alive.within(name, waitMs);
      await work();
      await clock.sleep(waitMs, stopped);
    }
  };

  const lookAtOperator = async (): Promise<void> => {
    credential.reload();
    troubles.set("token", tokenTrouble(credential.endsAt(), now(), waits.tokenEndMs));
    const reading = await readOperator(kube);
    troubles.set("operator", reading.kind === "failed" ? operatorFault(reading.detail) : undefined);
    if (reading.kind === "failed") return;
    const facts = reading.kind === "read" ? reading.facts : undefined;
    if (facts !== undefined) {
      if (facts.version !== operatorVersion) log.info("The operator's version", { version: facts.version });
      operatorVersion = facts.version;
      operatorExpiry = facts.licenseExpiry;
    }
    observe({ at: now(), type: "operator", sessions: facts?.sessions });
    const pem = licenseKeeper?.current();
    if (pem !== undefined && facts !== undefined)
      await restart?.check({ pem, operatorExpiry, liveSessions: sessions.view().list?.length });
  };

  // What began before the server could be reached.
  for (const text of troubles.current().values()) reportError(text);
  log.info("The agent runs", {
    ...{ version: SERVER.version, cluster_id: clusterId, cluster: settings.clusterName, server: settings.serverUrl },
    ...{ events_kept: journal.found.size, enforces: settings.enforceSeats, kills_previews: settings.killPreviews },
  });
  const replaced = Promise.withResolvers<AgentEnd>();
  run(
    watchAll({
      ...{ kube, clock, random, observe, signal: stopped, waits: waits.watch },
      offset: createClockOffset(),
      trouble: (key, text) => troubles.set(`watch-${key}`, text),
    }),
  );
  run(every("sessions", waits.tickMs, () => observe({ at: now(), type: "tick" })));
  run(every("operator", waits.operatorMs, lookAtOperator));
  run(every("state", waits.stateMs, saveState));
  run(
    keepLease(hold).then((taker) => {
      if (taker !== undefined)
        replaced.resolve({
          kind: "replaced",
          detail: `Another agent took the Lease of this cluster: ${taker.holder}.`,
        });
    }),
  );
  run(
    loop
      .run(stopped, (ms) => alive.within("heartbeat", ms))
      .then((end) => {
        if (end === "superseded")
          replaced.resolve({
            kind: "replaced",
            detail: "Another agent process registered for this cluster. This one stops.",
          });
      }),
  );
  if (licenseKeeper !== undefined) run(licenseKeeper.run(stopped));
  if (catalog !== undefined) run(catalog.run(stopped));

  const aborted = new Promise<AgentEnd>((resolve) => {
    if (signal.aborted) resolve({ kind: "stopped" });
    signal.addEventListener("abort", () => resolve({ kind: "stopped" }), { once: true });
  });
  const end = await Promise.race([aborted, replaced.promise, failure.promise]);
  stop.abort();
  await Promise.all(background);
  await loop.drain();
  saveState();
  journal.close();
  return finish(end);

  /** Reads the id of the cluster. Outside a pod the first failure is final. */
  async function findClusterId(): Promise<string | AgentEnd> {
    while (!stopped.aborted) {
      alive.within("identity", waits.identityMs);
      const reading = await readClusterId(kube);
      if (reading.kind === "known") {
        troubles.over("identity");
        alive.done("identity");
        return reading.id;
      }
      const fault = `The id of the cluster cannot be read at ${authority.server}: ${reading.detail}.`;
      if (!settings.inPod) return { kind: "refused", detail: `${fault} Check the kubeconfig, or set CLUSTER_ID.` };
      troubles.begin("identity", fault);
      await clock.sleep(waits.identityMs, stopped);
    }
    return { kind: "stopped" };
  }

  async function finish(ended: AgentEnd): Promise<AgentEnd> {
    stop.abort();
    await hold.lease.release();
    await health.close();
    return ended;
  }
};

const NO_REPORTS = { waiting: () => undefined, delivered: () => {} };

const operatorFault = (detail: string): string =>
  `The MirrordOperator object cannot be read: ${detail}. The operator's version and the ports of sessions are unknown.`;

const partsOf = (state: unknown): { sessions?: unknown; enforcer?: unknown; catalog?: unknown } =>
  typeof state === "object" && state !== null ? state : {};
