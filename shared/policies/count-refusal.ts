import { createHash } from "node:crypto";
import { ITEM_VERSION, policyRefusalKey } from "../contract/keys.ts";
import type { EntryName, PolicyReason } from "../contract/policy-answers.ts";
import { DAY_MS, dayOf, type EpochMs, formatTime, SECOND_MS } from "../contract/time.ts";
import { countedOnce, isCounted } from "../seats/denial.ts";
import { auditWrite } from "../store/audit.ts";
import { type Pace, retrying } from "../store/retry.ts";
import type { Item, Table, Write } from "../store/table.ts";
import type { Logger } from "../telemetry/logger.ts";

export type CountDeps = { table: Table; pace: Pace; log: Logger; newId: () => string; retentionDays: number };

/** A session that policies refuse. `user` is who is counted: the id of the user's seat. */
export type RefusedSession = {
  sessionId: string;
  instanceId: string;
  user: string;
  client: { hostname: string; kubernetesUsername: string };
  reasons: readonly PolicyReason[];
};

export type CountOutcome =
  | { kind: "counted" }
  /** Somebody has decided about this session before. */
  | { kind: "exists"; found: Item };

/** The most policies that a refusal counts for: each is a write. The others refuse it, too. */
const MAX_COUNTED_POLICIES = 5;

/** Each of the policies that refuse a session, once. */
export const refusingPolicies = (reasons: readonly PolicyReason[]): EntryName[] => {
  const names = new Map(
    reasons.map(({ kind, namespace, name }) => [shownEntry({ kind, namespace, name }), { kind, namespace, name }]),
  );
  return [...names.values()];
};

/** An entry as people write it: `MirrordPolicy books/no-steal`. */
export const shownEntry = ({ kind, namespace, name }: EntryName): string =>
  `${kind} ${namespace === null ? name : `${namespace}/${name}`}`;

/**
 * Counts a refusal, per user, policy and day, in one transaction with `decided`: the session's record, or the check that it has
 * none. A retry of the same session counts once. Throws `StoreUnavailable`.
 */
export const countRefusal = async (
  deps: CountDeps,
  session: RefusedSession,
  decided: Exclude<Write, { kind: "delete" }>,
  moment: { now: EpochMs; deadline: EpochMs },
): Promise<CountOutcome> => {
  const counts = refusingPolicies(session.reasons)
    .slice(0, MAX_COUNTED_POLICIES)
    .map((policy): Count => ({ policy, full: undefined, isDone: false }));
  return retrying(deps.pace, moment.deadline, () => attempt(deps, session, decided, counts, moment.now));
};

/** The count of one policy. `full`: the item, found without room for another session. `isDone`: it has counted this one. */
type Count = { policy: EntryName; full: Item | undefined; isDone: boolean };

const attempt = async (
  deps: CountDeps,
  session: RefusedSession,
  decided: Exclude<Write, { kind: "delete" }>,
  counts: Count[],
  now: EpochMs,
): Promise<CountOutcome | undefined> => {
  const open = counts.filter(({ isDone }) => !isDone);
  const isNew = open.length === counts.length;
  const writes = [
    decided,
    ...open.map(({ policy, full }) => countWrite(deps, session, policy, now, full)),
    ...(isNew ? [auditRow(deps, session, counts, now)] : []),
  ];
  const result = await deps.table.transact(writes);
  if (result.outcome === "committed") {
    if (isNew) deps.log.count("PolicyRefusals", { session_id: session.sessionId, instance_id: session.instanceId });
    return { kind: "counted" };
  }
  if (result.outcome === "conflict") return undefined;
  if (result.refusals.has(0)) return { kind: "exists", found: result.refusals.get(0) ?? {} };
  for (const [place, count] of open.entries()) {
    const found = result.refusals.get(1 + place);
    if (found === undefined) continue;
    count.isDone = isCounted(found, session.sessionId);
    count.full = count.isDone ? undefined : found;
  }
  return undefined;
};

const USER_CHARACTERS = 16;

const countWrite = (
  { retentionDays }: CountDeps,
  { sessionId, user }: RefusedSession,
  policy: EntryName,
  now: EpochMs,
  full: Item | undefined,
): Write => {
  const day = dayOf(now);
  const { recent, condition } = countedOnce(sessionId, full);
  const hash = createHash("sha256").update(`${day}#${user}`).digest("base64url").slice(0, USER_CHARACTERS);
  return {
    kind: "update",
    key: policyRefusalKey(day, policy, hash),
    update: {
      expression: [
        "SET v = :v, kind = :kind, entryNamespace = :namespace, entryName = :name,",
        "firstAt = if_not_exists(firstAt, :now), lastAt = :now, lastSession = :session,",
        `recent = ${recent.expression}, expiresAt = :expires ADD denials :one`,
      ].join(" "),
      values: {
        ":v": ITEM_VERSION,
        ":kind": policy.kind,
        ":namespace": policy.namespace,
        ":name": policy.name,
        ":now": formatTime(now),
        ":session": sessionId,
        ":expires": Math.floor((now + retentionDays * DAY_MS) / SECOND_MS),
        ":one": 1,
        ...recent.values,
      },
    },
    condition,
  };
};

const auditRow = (
  { newId, retentionDays }: CountDeps,
  { instanceId, sessionId, user, client }: RefusedSession,
  counts: readonly Count[],
  now: EpochMs,
): Write => {
  const row = {
    action: "policy.refused",
    actor: instanceId,
    sessionId,
    seatId: user,
    kubernetesUsername: client.kubernetesUsername,
    clientHostname: client.hostname,
    policies: counts.map(({ policy }) => shownEntry(policy)).join(", "),
  };
  return auditWrite(row, now, newId(), retentionDays);
};
