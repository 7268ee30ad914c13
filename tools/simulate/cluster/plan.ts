import { SECOND_MS } from "../../../shared/contract/time.ts";
import type { Random } from "../random.ts";
import type { Client } from "../team/people.ts";
import type { Team } from "../team.ts";
import { type ClusterTarget, podSet, workload } from "./targets.ts";

/** How a session ends. */
export type PlannedEnd = "disconnect" | "time-limit" | "never-connects" | "fails" | "expires" | "deleted";

/** A session of a stock operator. Times are milliseconds from the begin of the play. */
export type ClusterPlan = {
  kind: "session" | "multi-cluster" | "preview";
  /** The index of its cluster. A multi-cluster parent is on the first. */
  cluster: number;
  /** Undefined for a preview, which has no owner. */
  owner: Client | undefined;
  namespace: string;
  /** Undefined: targetless. */
  target: ClusterTarget | undefined;
  startsAt: number;
  /** How long its user is connected, in milliseconds. */
  lengthMs: number;
  end: PlannedEnd;
  ci: boolean;
  copyTarget: boolean;
  branch: string;
  key: string | undefined;
  headerFilter: string | undefined;
  lockedPorts: readonly { port: number; kind: string }[];
  /** The connection breaks for a while, and the client returns to the same object. */
  gap: { fromMs: number; toMs: number } | undefined;
  /** After its object is gone, the client returns under the same id, and a new object of the same name begins. */
  returnsForMs: number | undefined;
};

/** A session of a user without anything special, which ends when its client goes away. */
export const plainSession = (
  owner: Client | undefined,
  where: { cluster: number; namespace: string; target: ClusterTarget | undefined },
  when: { startsAt: number; lengthMs: number },
): ClusterPlan => ({
  kind: "session",
  owner,
  ...where,
  ...when,
  end: "disconnect",
  ci: false,
  copyTarget: false,
  branch: "main",
  key: undefined,
  headerFilter: undefined,
  lockedPorts: [],
  gap: undefined,
  returnsForMs: undefined,
});

export type PlanSize = {
  sessions: number;
  /** All sessions are over within this time, unless the operator delays them. */
  durationMs: number;
  minLengthMs: number;
  maxLengthMs: number;
};

/** The sessions that one person runs at the same time, at most. */
export const MAX_AT_ONCE = 3;
const MEDIAN_LENGTH_MS = 30 * SECOND_MS;
// A multi-cluster session has two clusters. A preview and a CI run have no person.
const SHARE = { preview: 0.05, ci: 0.12, multiCluster: 0.06 };
const SUBJECTS = ["checkout", "rate-limits", "token-refresh", "bulk-import", "audit-log"];

/** Plans the sessions of a team, sorted by start. They depend on the arguments only. */
export const planSessions = (team: Team, size: PlanSize, random: Random): ClusterPlan[] => {
  const starts = Array.from({ length: size.sessions }, () => {
    const longest = Math.min(size.maxLengthMs, size.durationMs);
    const wanted = random.logNormal(MEDIAN_LENGTH_MS, 0.7);
    const lengthMs = Math.round(Math.min(Math.max(wanted, size.minLengthMs), longest));
    return { lengthMs, startsAt: Math.round(random.next() * (size.durationMs - lengthMs)) };
  }).sort((a, b) => a.startsAt - b.startsAt);
  const busy = new Map<Client, number[]>();
  return starts.map((when) => planOne(team, size, when, busy, random));
};

const planOne = (
  team: Team,
  size: PlanSize,
  { startsAt, lengthMs }: { startsAt: number; lengthMs: number },
  busy: Map<Client, number[]>,
  random: Random,
): ClusterPlan => {
  const draw = random.next();
  const preview = draw < SHARE.preview;
  const ci = !preview && draw < SHARE.preview + SHARE.ci && team.runners.length > 0;
  const multiCluster = !preview && team.clusters.length > 1 && random.chance(SHARE.multiCluster);
  const cluster = multiCluster ? 0 : random.integer(0, team.clusters.length - 1);
  const picked = random.pick(team.clusters[cluster]?.targets ?? []);
  const owner = preview ? undefined : ci ? random.pick(team.runners) : freePerson(team, busy, startsAt, random);
  const where = { cluster, namespace: picked.namespace, target: workload(picked) };
  const plan: ClusterPlan = {
    ...plainSession(owner, where, { startsAt, lengthMs }),
    kind: preview ? "preview" : multiCluster ? "multi-cluster" : "session",
    ci,
    branch: `feat/${random.pick(SUBJECTS)}-${random.integer(1, 999)}`,
    key: random.chance(0.3) ? `key-${random.integer(1, 999)}` : undefined,
    headerFilter: random.chance(0.3) ? `x-user: ${random.integer(1, 99)}` : undefined,
    // Operators list the ports of their own clusters' sessions only.
    lockedPorts: !multiCluster && random.chance(0.5) ? [{ port: random.pick([80, 443, 8080]), kind: "steal" }] : [],
  };
  if (preview) return { ...plan, end: random.pick(["fails", "expires", "deleted"]), key: plan.key ?? "preview" };
  const special = multiCluster ? plan : withSpecials(plan, size, random);
  if (plan.owner !== undefined && !ci) occupy(busy, plan.owner, startsAt + special.lengthMs);
  return special;
};

const withSpecials = (plan: ClusterPlan, size: PlanSize, random: Random): ClusterPlan => {
  const shape = random.next();
  const targeted: ClusterPlan =
    shape < 0.06
      ? { ...plan, target: undefined }
      : shape < 0.12
        ? { ...plan, copyTarget: true }
        : shape < 0.18 && plan.target !== undefined
          ? { ...plan, target: podSet(plan.target) }
          : plan;
  const life = random.next();
  if (life < 0.02) return { ...targeted, end: "never-connects" };
  if (life < 0.04) return { ...targeted, end: "time-limit" };
  // The connection must be back before the operator closes the session as unused.
  if (life < 0.1 && plan.lengthMs > 20 * SECOND_MS) {
    return { ...targeted, gap: { fromMs: 6 * SECOND_MS, toMs: random.integer(10, 14) * SECOND_MS } };
  }
  if (life < 0.12 && plan.startsAt + plan.lengthMs < size.durationMs / 3) {
    return { ...targeted, returnsForMs: random.integer(5, 20) * SECOND_MS };
  }
  return targeted;
};

// A person uses one machine only, so that the sessions of a machine are the sessions of a person.
const freePerson = (team: Team, busy: ReadonlyMap<Client, number[]>, at: number, random: Random): Client => {
  for (const member of random.shuffle(team.members)) {
    const [machine] = member.machines;
    if (machine !== undefined && (busy.get(machine) ?? []).filter((end) => end > at).length < MAX_AT_ONCE)
      return machine;
  }
  throw new RangeError(
    `${team.members.length} people cannot run so many sessions at once. Use more people or fewer sessions`,
  );
};

const occupy = (busy: Map<Client, number[]>, person: Client, until: number): void => {
  busy.set(person, [...(busy.get(person) ?? []), until]);
};
