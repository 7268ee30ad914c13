import { endedList, ITEM_VERSION, type Key, liveList, sessionKey } from "../contract/keys.ts";
import type { PolicyFacts } from "../contract/policy-facts.ts";
import type { SessionKind } from "../contract/requests.ts";
import type { LockedPort } from "../contract/responses.ts";
import { DAY_MS, dayOf, type EpochMs, formatTime, SECOND_MS } from "../contract/time.ts";
import { factsText } from "../policies/facts-text.ts";
import type { ShownNames } from "../privacy/shown-names.ts";
import type { Holds } from "../seats/holds.ts";
import type { Item } from "../store/table.ts";
import { type Combination, kindOf, type MachineUse, type UsageIdentity } from "../usage/row.ts";

export type SessionClient = {
  /** Hash of the client certificate's public key: the machine. */
  id: string;
  hostname: string;
  /** The machine's user. */
  username: string;
  /** The machine user's full name. */
  name?: string | undefined;
  kubernetesUsername: string;
  cliVersion?: string | undefined;
};

/** What is known of the CI run of a session. */
export type CiInfo = {
  provider?: string | undefined;
  environment?: string | undefined;
  pipeline?: string | undefined;
  triggeredBy?: string | undefined;
};

export type SessionTarget = { namespace: string; kind: string; name: string; container?: string | undefined };

/** What is known of a session from its start on. */
export type SessionStart = {
  sessionId: string;
  /** The operator instance it runs under. */
  instanceId: string;
  /** By the server's clock: the time that the operator reported, shifted by `shiftMs`. */
  startedAt: EpochMs;
  /** The skew of the operator's clock when it reported the start, if it was beyond the tolerance; else 0. */
  shiftMs: number;
  /** Set if even so it was after its arrival, which it was set to. */
  startClamped?: boolean | undefined;
  /** Whether it is a machine session, which takes no seat. Earlier releases know no more than this. */
  ci: boolean;
  /** What kind of machine session it is. Absent: a CI session if `ci`, else a user's. */
  kind?: MachineUse["kind"] | undefined;
  /** The multi-cluster session that it is a part of. Such a part has no record of its own. */
  parentId?: string | undefined;
  /**
   * Set if only a part of it is known, which has ended: a start replaces this record.
   */
  placeholder?: true | undefined;
  /** What is known of its CI run. */
  ciInfo?: CiInfo | undefined;
  copyTarget?: boolean | undefined;
  targetLabels?: Readonly<Record<string, string>> | undefined;
  /** Which requests it takes. */
  headerFilter?: string | undefined;
  key?: string | undefined;
  branch?: string | undefined;
  client: SessionClient;
  target: SessionTarget;
  /** The cluster it runs in, as its operator named it. Earlier releases did not record it. */
  clusterId?: string | undefined;
  clusterName?: string | undefined;
  /** What policies judge. A record has them only as far as they fit into it. */
  policyFacts?: PolicyFacts | undefined;
  lockedPorts: readonly LockedPort[];
  features?: readonly string[] | undefined;
  profile?: string | undefined;
  /** Set if it was imported from another server's history. */
  source?: "backfill" | undefined;
};

/** The bounds of an end: its start, its arrival, and the longest duration of a session. */
export type EndClamp = "start" | "now" | "longest";

export type LiveState = { state: "live" };
/** `lost`: the server ended it without a report. The true end may still come and replace this one. */
export type OverState = {
  state: "ended" | "lost";
  endedAt: EpochMs;
  seconds: number;
  /** What the end was set to, because as reported it was impossible. */
  clamped?: EndClamp | undefined;
  reason?: string | undefined;
  /** Set if it is lost because its agent no longer sees it: the end is its last known activity. */
  inferred?: true | undefined;
  /** The shard of its day and month rollup that it was counted in. */
  shard: number;
  /**
   * As which run its row counts it, if it is a machine session. Absent in those that earlier releases counted: their rows
   * name no run.
   */
  countedAs?: Combination | undefined;
  /** Set if its row counts it as denied. Earlier releases did not count that. */
  countedDenied?: true | undefined;
};

/** `unsupported`: the operator cannot stop the session. `forbidden`: the agent may not. */
export type StopRefusal = { outcome: "unsupported" | "forbidden"; at: string };

/** The one record of a session. */
export type SessionRecord = SessionStart & {
  createdAt: EpochMs;
  /** The seat of the session; none for CI sessions, late ones and denied ones. */
  seatId?: string | undefined;
  /**
   * The seat book in which it has a seat or a counted denial: that of its start, or the one it was carried over into.
   * Records of earlier releases carry a short hash of it, and only that of the start.
   */
  book?: string | undefined;
  /** What it holds while it is live; nothing in the plain mode `period`. */
  holds?: Holds | undefined;
  /** When its operator was asked to stop it. An operator that adopts it is asked, too. */
  killAskedAt?: string | undefined;
  /** Why it was denied, although it runs: its operator started it without asking. */
  deniedCode?: string | undefined;
  /**
   * When the server denied it, so that its age at that moment is known later. Records of earlier releases do not have it.
   */
  deniedAt?: string | undefined;
  /** Since when its agent cannot stop it. A later request asks again. */
  stopRefused?: StopRefusal | undefined;
} & (LiveState | OverState);

export type LiveSession = SessionRecord & LiveState;
export type OverSession = SessionRecord & OverState;

export const isLive = (session: SessionRecord): session is LiveSession => session.state === "live";

/** Whether a session is live under that operator. */
export const isLiveAt =
  ({ instanceId }: { instanceId: string }) =>
  (session: SessionRecord): session is LiveSession =>
    isLive(session) && session.instanceId === instanceId;

/** Whole seconds, rounded down, so that the sum is what the list shows. */
export const durationSeconds = (startedAt: EpochMs, endedAt: EpochMs): number =>
  Math.max(0, Math.floor((endedAt - startedAt) / SECOND_MS));

/** The kind of a session. */
export const kindOfSession = ({ ci, kind }: Pick<SessionStart, "ci" | "kind">): SessionKind => kindOf({ ci, kind });

/** A run's texts are cut to this many characters in rollups. */
const MOST_CHARACTERS = 64;

/** How a session is to be counted that is over now. */
export const countedHow = (session: SessionStart & { deniedCode?: string | undefined }) => ({
  countedAs: countedAs(session),
  countedDenied: session.deniedCode === undefined ? undefined : (true as const),
});

// As which run a machine session is to be counted; undefined for a user's.
const countedAs = (session: SessionStart): Combination | undefined => {
  if (kindOfSession(session) === "user") return undefined;
  const { provider, pipeline, environment, triggeredBy } = session.ciInfo ?? {};
  const cut = (text = "") => [...text].slice(0, MOST_CHARACTERS).join("");
  return {
    provider: cut(provider),
    pipeline: cut(pipeline),
    environment: cut(environment),
    trigger: cut(triggeredBy),
  };
};

/** The identity that counts a session's usage. `run`: as which run, if it is a machine session. */
export const usageIdentityOf = (session: SessionStart, run: Combination | undefined): UsageIdentity => {
  const { client, target, ci } = session;
  const kind = kindOfSession(session);
  return {
    machineId: client.id,
    kubernetesUsername: client.kubernetesUsername,
    clientUsername: client.username,
    clientHostname: client.hostname,
    namespace: target.namespace,
    targetKind: target.kind,
    targetName: target.name,
    ci,
    ...(run === undefined || kind === "user" ? {} : { kind, ...run }),
  };
};

/** A record as the table stores it. A live one never expires; an ended one expires when its retention ends. */
export const sessionItem = (record: SessionRecord, retentionDays: number): Key & Item => {
  const { startedAt, createdAt, shiftMs, policyFacts, ...rest } = record;
  return {
    ...sessionKey(record.sessionId),
    v: ITEM_VERSION,
    ...rest,
    startedAt: formatTime(startedAt),
    createdAt: formatTime(createdAt),
    ...(shiftMs === 0 ? {} : { shiftMs }),
    ...(policyFacts === undefined ? {} : { policyFacts: factsText(policyFacts) }),
    ...(record.state === "live"
      ? { list: liveList(record.instanceId), at: formatTime(startedAt) }
      : {
          endedAt: formatTime(record.endedAt),
          list: endedList(dayOf(record.endedAt)),
          at: formatTime(record.endedAt),
          expiresAt: sessionExpiry(record.endedAt, retentionDays),
        }),
  };
};

/** When an ended session expires, in epoch seconds as DynamoDB's TTL requires. */
const sessionExpiry = (endedAt: EpochMs, retentionDays: number): number =>
  Math.floor((endedAt + retentionDays * DAY_MS) / SECOND_MS);

/** Reads a record back from its item. */
export const sessionRecord = (item: Item): SessionRecord => {
  const { pk: _pk, sk: _sk, v: _v, list: _list, at: _at, expiresAt: _expiresAt, ...rest } = item;
  return {
    ...(rest as unknown as SessionRecord),
    startedAt: Date.parse(String(item["startedAt"])),
    createdAt: Date.parse(String(item["createdAt"])),
    shiftMs: Number(item["shiftMs"] ?? 0),
    ...(item["policyFacts"] === undefined
      ? {}
      : { policyFacts: JSON.parse(String(item["policyFacts"])) as PolicyFacts }),
    ...(item["endedAt"] === undefined ? {} : { endedAt: Date.parse(String(item["endedAt"])) }),
  };
};

/** How a user is shown: `whoami/k8s-user@hostname`, as the original shows them. */
export const shownUser = ({ name, username, kubernetesUsername, hostname }: SessionClient, names: ShownNames): string =>
  `${names.person(name ?? username)}/${names.person(kubernetesUsername)}@${names.machine(hostname)}`;

/** `deployment/name`, with `/container/name` where one was named, as mirrord writes targets. */
export const shownTarget = ({ kind, name, container }: SessionTarget): string =>
  container === undefined ? `${kind}/${name}` : `${kind}/${name}/container/${container}`;

/**
 * The fields of a session's log lines, with the names of the original server. With pseudonyms only, the user is left out: a
 * start or an end must not need the key of pseudonyms.
 */
export const sessionLogFields = (session: SessionStart, { pseudonymsOnly }: { pseudonymsOnly: boolean }) => ({
  session_id: session.sessionId,
  target: shownTarget(session.target),
  ...(pseudonymsOnly ? {} : clientLogFields(session.client)),
  client_cli_version: session.client.cliVersion,
  instance_id: session.instanceId,
  ci: session.ci,
});

const clientLogFields = ({ hostname, name, username, kubernetesUsername, id }: SessionClient) => ({
  client_hostname: hostname,
  client_name: name ?? username,
  client_user: kubernetesUsername,
  client_id: id,
});
