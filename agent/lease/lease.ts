import { type EpochMs, SECOND_MS } from "../../shared/contract/time.ts";
import { describeKube, isDone, type Kube, type KubeOutcome } from "../kube/kube.ts";

export type LeaseOutcome =
  | { kind: "held" }
  /** Another process renewed it a short time ago. */
  | { kind: "taken"; holder: string }
  | { kind: "failed"; detail: string };

/** The Lease of a cluster's agent (coordination.k8s.io). At most one process holds it. */
export type Lease = {
  /** Takes the Lease, or renews it. */
  hold(): Promise<LeaseOutcome>;
  /** Lets the next process take it at once. */
  release(): Promise<void>;
};

export const LEASE_NAME = "mirrord-license-agent";

type LeaseObject = {
  metadata?: { resourceVersion?: string; annotations?: Record<string, string>; [field: string]: unknown };
  spec?: {
    holderIdentity?: string | null;
    leaseDurationSeconds?: number | null;
    renewTime?: string | null;
    acquireTime?: string | null;
    leaseTransitions?: number | null;
  };
};

export type LeaseOptions = {
  kube: Kube;
  namespace: string;
  /** Names this process, and no other. */
  holder: string;
  durationMs: number;
  now: () => EpochMs;
  /** Annotations of the Lease that the holder writes. */
  annotations?: () => Readonly<Record<string, string>>;
  /** Called with the annotations of the Lease before it is taken or renewed. */
  onFound?: (annotations: Readonly<Record<string, string>>) => void;
};

/** Times in the Lease are those of the API server, so that the clocks of two processes need not agree. */
export const createLease = (options: LeaseOptions): Lease => {
  const { kube, namespace, holder, durationMs, now, annotations = () => ({}), onFound = () => {} } = options;
  const collection = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  const path = `${collection}/${LEASE_NAME}`;
  let mine: LeaseObject | undefined;

  const body = (found: LeaseObject | undefined, serverTime: EpochMs): LeaseObject => {
    const isMine = found?.spec?.holderIdentity === holder;
    const time = microTime(serverTime);
    return {
      ...found,
      metadata: {
        ...(found?.metadata ?? { name: LEASE_NAME, namespace }),
        ...noted(found?.metadata?.annotations, annotations()),
      },
      spec: {
        holderIdentity: holder,
        leaseDurationSeconds: Math.max(1, Math.round(durationMs / SECOND_MS)),
        renewTime: time,
        acquireTime: isMine ? (found.spec?.acquireTime ?? time) : time,
        leaseTransitions: (found?.spec?.leaseTransitions ?? 0) + (isMine || found === undefined ? 0 : 1),
      },
    };
  };

  const settle = (outcome: KubeOutcome): LeaseOutcome => {
    mine = isDone(outcome) ? (outcome.body as LeaseObject) : undefined;
    return mine === undefined ? { kind: "failed", detail: describeKube(outcome) } : { kind: "held" };
  };

  const put = async (found: LeaseObject, serverTime: EpochMs): Promise<LeaseOutcome> =>
    settle(await kube.call({ method: "PUT", path, body: { ...META, ...body(found, serverTime) } }));

  return {
    hold: async () => {
      const got = await kube.call({ path });
      const serverTime = (got.kind === "answer" ? got.date : undefined) ?? now();
      if (got.kind === "answer" && got.status === 404)
        return settle(
          await kube.call({ method: "POST", path: collection, body: { ...META, ...body(undefined, serverTime) } }),
        );
      if (!isDone(got)) return { kind: "failed", detail: describeKube(got) };
      const found = got.body as LeaseObject;
      onFound(found.metadata?.annotations ?? {});
      const other = holderOf(found, serverTime);
      if (other !== undefined && other !== holder) {
        mine = undefined;
        return { kind: "taken", holder: other };
      }
      return put(found, serverTime);
    },
    release: async () => {
      if (mine === undefined) return;
      const { spec } = mine;
      await kube.call({ method: "PUT", path, body: { ...META, ...mine, spec: { ...spec, holderIdentity: "" } } });
      mine = undefined;
    },
  };
};

const noted = (
  before: Readonly<Record<string, string>> | undefined,
  added: Readonly<Record<string, string>>,
): { annotations?: Record<string, string> } =>
  before === undefined && Object.keys(added).length === 0 ? {} : { annotations: { ...before, ...added } };

const META = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" };

/** Who holds a Lease at a moment. Undefined if nobody does, or it was not renewed in time. */
const holderOf = ({ spec }: LeaseObject, serverTime: EpochMs): string | undefined => {
  const renewedAt = Date.parse(spec?.renewTime ?? "");
  const isOver = Number.isNaN(renewedAt) || renewedAt + (spec?.leaseDurationSeconds ?? 0) * SECOND_MS <= serverTime;
  return isOver ? undefined : spec?.holderIdentity || undefined;
};

// The API's MicroTime needs six digits.
const microTime = (time: EpochMs): string => new Date(time).toISOString().replace("Z", "000Z");
