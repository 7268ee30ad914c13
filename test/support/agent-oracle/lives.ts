import type { Kind } from "../../../agent/sessions/types.ts";
import { type EpochMs, SECOND_MS } from "../../../shared/contract/time.ts";
import type { LifePlan } from "./history.ts";

/** What is true of one object, by a clock that is right. Everything else is made of this. */
export type Life = {
  number: number;
  kind: Kind;
  what: LifePlan["what"];
  name: string;
  uid: string;
  createdAt: EpochMs;
  /** The first client connects. A preview is ready. Undefined: never. */
  connectedAt: EpochMs | undefined;
  /** The session is over: its client is gone. Undefined: it lives to the end of the history. */
  endsAt: EpochMs | undefined;
  closed: { at: EpochMs; reason: string } | undefined;
  deletedAt: EpochMs | undefined;
  goneAt: EpochMs | undefined;
  expiresAt: EpochMs | undefined;
  failedAt: EpochMs | undefined;
  parentName: string | undefined;
  /** How often the operator records activity. */
  periodMs: number;
};

/** When the object first shows that it is over. */
export const closesAt = ({ closed, deletedAt, goneAt }: Life): EpochMs | undefined => {
  const times = [closed?.at, deletedAt, goneAt].filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
};

export type OperatorDown = { from: EpochMs; to: EpochMs; sessionsSurvive: boolean };

const SETUP_DEADLINE_MS = 180 * SECOND_MS;
const UNUSED_MS = 30 * SECOND_MS;
/** The operator keeps a deleted object this long. */
const LINGER_MS = 60 * SECOND_MS;
const PREVIEW_REMOVED_MS = 20 * SECOND_MS;

const KIND_OF = (what: LifePlan["what"]): Kind =>
  what === "parent" ? "MirrordMultiClusterSession" : what === "preview" ? "PreviewSession" : "MirrordClusterSession";

const hex = (number: number, digits: number): string =>
  ((Math.imul(number + 1, 0x9e3779b1) >>> 0) % 0xffffffff).toString(16).padStart(8, "0").repeat(2).slice(-digits);
const uidOf = (number: number): string => `${hex(number, 8)}-0a0b-4c0d-8e0f-${hex(number + 77, 12)}`;

/** Of 16 digits, the name of a session. Some have a zero in front or are shorter: how ids are padded is not documented. */
const nameOf = (plan: LifePlan, number: number): string => {
  if (plan.what === "parent") return `mc-${hex(number, 16)}`;
  if (plan.what === "preview") return `preview-session-shop-${hex(number, 8)}`;
  return number % 5 === 4 ? hex(number, 15) : hex(number, 16);
};

/** Ends a life for good, in the order in which its operator writes that. */
const close = (life: Life, plan: LifePlan, closedAt: EpochMs, reason: string, endsAt: EpochMs): void => {
  life.endsAt = endsAt;
  if (plan.closes === "without a word") {
    life.goneAt = closedAt;
    return;
  }
  const later = closedAt + 1_200;
  life.closed = { at: plan.writes === "deletion first" ? later : closedAt, reason };
  life.deletedAt = plan.writes === "closed first" ? later : closedAt;
  life.goneAt = life.deletedAt + LINGER_MS;
};

const liveThroughPreview = (life: Life, plan: LifePlan): void => {
  const { connectedAt } = life;
  const lasts = plan.connectedForS === undefined ? undefined : plan.connectedForS * SECOND_MS;
  if (connectedAt === undefined) {
    if (lasts !== undefined) life.endsAt = life.deletedAt = life.goneAt = life.createdAt + 1_000 + lasts;
    return;
  }
  life.expiresAt = connectedAt + 86_400 * SECOND_MS;
  if (lasts === undefined) return;
  const endsAt = connectedAt + lasts;
  life.endsAt = endsAt;
  if (plan.closes === "unused") life.expiresAt = endsAt;
  if (plan.closes === "at once") life.failedAt = endsAt;
  if (plan.closes === "without a word") life.goneAt = endsAt;
  else {
    life.deletedAt = endsAt + PREVIEW_REMOVED_MS;
    life.goneAt = life.deletedAt + (plan.writes === "both at once" ? 0 : LINGER_MS);
  }
  if (plan.closes === "without a word" && plan.writes !== "both at once") life.deletedAt = endsAt;
};

const liveThroughSession = (life: Life, plan: LifePlan): void => {
  if (life.connectedAt === undefined) {
    close(life, plan, life.createdAt + SETUP_DEADLINE_MS, "SetupDeadlineExceeded", life.createdAt);
    return;
  }
  if (plan.connectedForS === undefined) return;
  const endsAt = life.connectedAt + plan.connectedForS * SECOND_MS;
  if (plan.closes === "at once") close(life, plan, endsAt, "TimeLimitExceeded", endsAt);
  else close(life, plan, endsAt + UNUSED_MS, "Unused", endsAt);
};

/** An operator that stops takes its sessions with it, or leaves them to another replica, which goes on. */
const stopOperator = (life: Life, plan: LifePlan, down: OperatorDown): void => {
  const isOver = life.goneAt !== undefined && (life.closed?.at ?? life.goneAt) <= down.from;
  if (life.kind === "PreviewSession" || life.createdAt >= down.from || isOver) return;
  const { connectedAt } = life;
  if (connectedAt !== undefined && connectedAt >= down.from && connectedAt < down.to) life.connectedAt = down.to;
  if (!down.sessionsSurvive) {
    if (life.connectedAt !== undefined && life.connectedAt >= down.from) life.connectedAt = undefined;
    const endsAt = life.connectedAt === undefined ? life.createdAt : Math.min(life.endsAt ?? down.from, down.from);
    close(life, plan, down.to + 2_000, "StateLost", endsAt);
    return;
  }
  // Nobody writes in between: who leaves then is seen for the last time before.
  const { endsAt } = life;
  if (endsAt !== undefined && life.connectedAt !== undefined && life.connectedAt < down.from)
    if (endsAt > down.from && endsAt < down.to) life.endsAt = down.from;
  const closedAt = life.closed?.at ?? life.goneAt;
  if (closedAt === undefined || endsAt === undefined) return;
  if (life.connectedAt === down.to && endsAt < down.to + 1_000) life.endsAt = down.to;
  const reason = life.closed?.reason ?? "Unused";
  const earliest = Math.max(closedAt, down.to + 1_000, (life.endsAt ?? 0) + 1_000);
  if (earliest > closedAt) close(life, plan, earliest, reason, life.endsAt ?? endsAt);
};

/** The life of one object by its plan. A creation while no operator runs waits for it. */
export const lifeOf = (
  plan: LifePlan,
  number: number,
  createdAt: EpochMs,
  downs: readonly OperatorDown[],
  again?: Life,
): Life => {
  const down = downs.find(({ from, to }) => createdAt >= from && createdAt < to);
  const from = down?.to ?? createdAt;
  const kind = KIND_OF(plan.what);
  const life: Life = {
    number,
    kind,
    what: plan.what,
    name: again?.name ?? nameOf(plan, number),
    uid: uidOf(number),
    createdAt: from,
    connectedAt: plan.connectsAfterS === undefined ? undefined : from + 400 + plan.connectsAfterS * SECOND_MS,
    endsAt: undefined,
    closed: undefined,
    deletedAt: undefined,
    goneAt: undefined,
    expiresAt: undefined,
    failedAt: undefined,
    parentName: undefined,
    periodMs: (kind === "MirrordMultiClusterSession" ? 10 : 3) * SECOND_MS,
  };
  (kind === "PreviewSession" ? liveThroughPreview : liveThroughSession)(life, plan);
  for (const each of downs) stopOperator(life, plan, each);
  return life;
};

/** The kind of an object is uninstalled: its objects are gone at once. */
export const uninstall = (life: Life, at: EpochMs): void => {
  if (life.goneAt !== undefined && life.goneAt <= at) return;
  life.goneAt = at;
  if (life.closed !== undefined && life.closed.at >= at) life.closed = undefined;
  if (life.deletedAt !== undefined && life.deletedAt >= at) life.deletedAt = undefined;
  if (life.failedAt !== undefined && life.failedAt >= at) life.failedAt = undefined;
  const wasNeverConnected = life.kind !== "PreviewSession" && (life.connectedAt ?? at) >= at;
  life.endsAt = wasNeverConnected ? life.createdAt : Math.min(life.endsAt ?? at, at);
};
