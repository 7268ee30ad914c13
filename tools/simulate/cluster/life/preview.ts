import { formatTime, SECOND_MS } from "../../../../shared/contract/time.ts";
import { createManaged, type ManagedObject } from "../managed-object.ts";
import type { ClusterPlan } from "../plan.ts";
import type { SessionTruth } from "../record.ts";
import { clusterOf, type Stage } from "../stage.ts";
import { type CloseSignal, createCloseSignal } from "./close-signal.ts";

// Longer than any preview that is planned.
const LONG_TTL_SECONDS = 24 * 3_600;

/** The path of the previews of a namespace. */
export const previewsOf = (namespace: string): string =>
  `/apis/preview.mirrord.metalbear.co/v1alpha/namespaces/${namespace}/previewsessions`;

/** The life of a preview environment: it becomes ready, then it fails, expires or is deleted. */
export const playPreview = async (stage: Stage, plan: ClusterPlan): Promise<void> => {
  const { clock, waits, random } = stage;
  const cluster = clusterOf(stage, plan.cluster);
  const { target } = plan;
  if (target === undefined || !("name" in target)) throw new RangeError("a preview needs a workload as its target");
  const ttlSecs = plan.end === "expires" ? Math.ceil(plan.lengthMs / SECOND_MS) : LONG_TTL_SECONDS;
  const object = await createManaged(
    { api: cluster.api, clock, collection: previewsOf(plan.namespace) },
    {
      apiVersion: "preview.mirrord.metalbear.co/v1alpha",
      kind: "PreviewSession",
      metadata: { name: `preview-session-${target.name}-${stage.sessionId()}`, namespace: plan.namespace },
      spec: { image: "registry.example/app:1", key: plan.key ?? "preview", target, ttlSecs, replicas: 1 },
    },
  );
  object.setStatus({ phase: "Initializing" });
  await clock.sleep(random.integer(100, 900));
  const startedAt = clock.now();
  const signal = createCloseSignal(clock);
  const truth: SessionTruth = {
    cluster: cluster.name,
    object: "PreviewSession",
    name: object.name,
    uid: object.uid,
    kind: "preview",
    owner: undefined,
    namespace: plan.namespace,
    target,
    copyTarget: false,
    key: plan.key,
    lockedPorts: [],
    startedAt,
    connected: true,
    endedAt: undefined,
    reason: undefined,
    closedAt: undefined,
  };
  stage.truth.add(truth);
  cluster.open.set(object.name, { truth, signal });
  const expiresAt = startedAt + ttlSecs * SECOND_MS;
  object.setStatus({ phase: "Ready", startedAt: formatTime(startedAt), expiresAt: formatTime(expiresAt) });
  const lastsMs = plan.end === "expires" ? ttlSecs * SECOND_MS : plan.lengthMs;
  const early = await lastPreview(stage, object, signal, startedAt + lastsMs);
  const failed = plan.end === "fails" && early === undefined ? clock.now() : undefined;
  if (failed !== undefined) object.setStatus({ phase: "Failed", failedAt: formatTime(failed) });
  await object.settled();
  await object.delete();
  // A preview that does not fail or expire runs until it is deleted, which has to wait while the API server is away.
  truth.endedAt = failed ?? Math.min(expiresAt, clock.now());
  truth.reason = signal.closing()?.reason ?? early ?? plan.end;
  truth.closedAt = clock.now();
  cluster.open.delete(object.name);
  await clock.sleep(waits.keepMs);
  await object.release();
};

const LOOK_MS = SECOND_MS;

/** Waits for the planned end. Returns early if somebody deletes the preview, which is how administrators stop one. */
const lastPreview = async (
  { clock }: Stage,
  object: ManagedObject,
  signal: CloseSignal,
  endsAt: number,
): Promise<"deleted" | undefined> => {
  while (clock.now() < endsAt && signal.closing() === undefined) {
    await signal.sleep(Math.max(1, Math.min(LOOK_MS, endsAt - clock.now())));
    if (await object.isDeleted()) return "deleted";
  }
  return undefined;
};
