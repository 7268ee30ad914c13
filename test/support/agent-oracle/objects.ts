import { type EpochMs, formatTime } from "../../../shared/contract/time.ts";
import type { Life } from "./lives.ts";
import type { World } from "./world.ts";

const whole = (time: EpochMs): string => `${formatTime(time).slice(0, 19)}Z`;

/** A time as the operator writes it, by its own clock. */
export const stampOf = ({ history }: World, at: EpochMs): string => {
  const stamp = at + history.apiClockMs + history.operatorClockMs;
  return history.stampsHaveMs ? formatTime(stamp) : whole(stamp);
};

/** The time of the last activity that the operator has recorded by `time`, by a clock that is right. */
export const activityAt = (world: World, life: Life, time: EpochMs): EpochMs | undefined => {
  const { connectedAt, periodMs } = life;
  if (connectedAt === undefined || time < connectedAt || life.kind === "PreviewSession") return undefined;
  const isDown = (at: EpochMs) => world.downs.some(({ from, to }) => at > from && at < to);
  let count = Math.floor((Math.min(time, life.endsAt ?? time) - connectedAt) / periodMs);
  while (count > 0 && isDown(connectedAt + count * periodMs)) count -= 1;
  return connectedAt + Math.max(0, count) * periodMs;
};

/** When the object changed in (after, until], oldest first. */
export const changesOf = (world: World, life: Life, after: EpochMs, until: EpochMs): EpochMs[] => {
  const times = new Set<EpochMs>();
  const note = (at: EpochMs | undefined) => {
    if (at !== undefined && at > after && at <= until && at <= (life.goneAt ?? at)) times.add(at);
  };
  for (const at of [life.createdAt, life.closed?.at, life.deletedAt, life.goneAt, life.failedAt]) note(at);
  if (life.kind === "PreviewSession") note(life.connectedAt);
  else if (life.connectedAt !== undefined) {
    const last = Math.min(until, life.endsAt ?? until);
    const first = Math.max(0, Math.ceil((after - life.connectedAt) / life.periodMs));
    for (let at = life.connectedAt + first * life.periodMs; at <= last; at += life.periodMs)
      if (activityAt(world, life, at) === at) note(at);
  }
  return [...times].sort((one, other) => one - other);
};

/** Whether the object is there at `time`. */
export const isThere = (life: Life, time: EpochMs): boolean =>
  time >= life.createdAt && (life.goneAt === undefined || time < life.goneAt);

/** The object as the API server stores it at `time`; what was its last state where it is gone. */
export const objectAt = (world: World, life: Life, time: EpochMs): Record<string, unknown> => {
  const { apiClockMs } = world.history;
  const byApi = (at: EpochMs) => whole(at + apiClockMs);
  const byOperator = (at: EpochMs) => stampOf(world, at);
  const isPast = (at: EpochMs | undefined): at is EpochMs => at !== undefined && at <= time;
  const metadata = {
    name: life.name,
    uid: life.uid,
    ...(life.kind === "PreviewSession" ? { namespace: "shop" } : {}),
    creationTimestamp: byApi(life.createdAt),
    resourceVersion: String(time),
    ...(isPast(life.deletedAt) ? { deletionTimestamp: byApi(life.deletedAt) } : {}),
  };
  if (life.kind === "PreviewSession")
    return {
      metadata,
      spec: { image: "shop:1", key: "k", ttlSecs: 60 },
      status: previewStatus(life, isPast, byOperator),
    };
  const activity = activityAt(world, life, time);
  const closed = life.closed !== undefined && isPast(life.closed.at) ? life.closed : undefined;
  const status = {
    ...(activity === undefined ? {} : { connectedTimestamp: byOperator(activity) }),
    ...(closed === undefined
      ? {}
      : { closed: life.what === "parent" ? closed.reason : { reason: closed.reason, message: "It is over." } }),
  };
  return { metadata, spec: specOf(life), ...(Object.keys(status).length === 0 ? {} : { status }) };
};

const previewStatus = (
  life: Life,
  isPast: (at: EpochMs | undefined) => at is EpochMs,
  byOperator: (at: EpochMs) => string,
): Record<string, unknown> => {
  const { connectedAt, failedAt, expiresAt } = life;
  if (!isPast(connectedAt) || expiresAt === undefined) return { phase: "Initializing" };
  const times = { startedAt: byOperator(connectedAt), expiresAt: byOperator(expiresAt) };
  return isPast(failedAt)
    ? { phase: "Failed", ...times, failedAt: byOperator(failedAt) }
    : { phase: life.number % 20 === 0 ? "Waiting" : "Ready", ...times };
};

const OWNER = {
  userId: "q0Jm/x+TJ3dD0m9x0aYl6y7nq2N8cC5v1bU4oQfZKfE",
  username: "Ana Lima",
  hostname: "ana-laptop",
  k8sUsername: "ana@example.com",
};
const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment", name: "cart", container: "web" };

const specOf = (life: Life): Record<string, unknown> => {
  const common = { namespace: "shop", owner: OWNER, target: DEPLOYMENT };
  const parent = life.parentName === undefined ? {} : { multiClusterParentName: life.parentName };
  switch (life.what) {
    case "ci":
      return { ...common, ciInfo: life.number % 20 === 0 ? {} : { provider: "github", pipeline: null } };
    case "ci child":
      return { ...common, ...parent, ciInfo: {} };
    case "child":
      return { ...common, ...parent, ciInfo: null };
    case "targetless":
      return { ...common, target: null };
    case "copied":
      return { ...common, copyTarget: { scaledown: false } };
    case "pod set":
      return { ...common, target: { labelSelector: { matchLabels: { app: "cart" } }, container: "web" } };
    case "parent":
      return { ...common, targetAlias: "cart", clusters: ["east"], primaryCluster: "west" };
    case "odd":
      return oddSpec(life.number);
    default:
      return { ...common, key: "one", jiraMetrics: { branchName: "PROJ-1-cart" }, clientCliVersion: "3.250.0" };
  }
};

const LONG = "x".repeat(300);

/** What a schema admits, or an operator of another version may write. */
const oddSpec = (number: number): Record<string, unknown> => {
  const odd: Record<string, unknown>[] = [
    {},
    { namespace: LONG, owner: { userId: LONG, username: LONG, hostname: LONG, k8sUsername: LONG } },
    { namespace: "", owner: { userId: "", username: "", hostname: "\u0000", k8sUsername: "\n" }, target: {} },
    { namespace: "shop", owner: OWNER, target: "deployment/cart", ciInfo: null, copyTarget: null, key: LONG },
    { namespace: "shop", owner: OWNER, target: { kind: 7, name: ["a"] }, httpFilter: { headerFilter: LONG.repeat(9) } },
    { namespace: 3, owner: null, target: { labelSelector: null }, jiraMetrics: { branchName: LONG } },
  ];
  return odd[(number / 10) % odd.length] ?? {};
};
