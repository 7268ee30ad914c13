import type { EpochMs } from "../../shared/contract/time.ts";
import { fields, isObject, textOf, timeOf } from "./fields.ts";
import { targetOf } from "./target.ts";
import { boundedId, clean, required } from "./texts.ts";
import type { Client, Kind, RawObject, Start } from "./types.ts";

/** What the state machine reads in an object. Times are those of the cluster, not converted. */
export type Seen = {
  uid: string;
  name: string;
  namespace: string | undefined;
  createdAt: EpochMs | undefined;
  deletedAt: EpochMs | undefined;
  isDeleted: boolean;
  /** `status.closed`, with its reason where it has one. */
  closed: { reason: string | undefined } | undefined;
  connected: string | undefined;
  /** Of a child: the name of its multi-cluster parent. */
  parentName: string | undefined;
  /** Of a preview. */
  preview: PreviewStatus | undefined;
};

export type PreviewStatus = {
  begun: boolean;
  startedAt: EpochMs | undefined;
  expiresAt: EpochMs | undefined;
  failed: { at: EpochMs | undefined } | undefined;
};

/** What a start says besides its ids, its time and its ports. */
export type Facts = Omit<Start, "session_id" | "instance_id" | "started_at" | "parent_id" | "locked_ports">;

const MAX_TEXT = 128;
const MAX_REASON = 128;

/** Undefined if the object lacks the fields that identify it. */
export const readObject = (kind: Kind, raw: RawObject): Seen | undefined => {
  const metadata = fields(fields(raw)["metadata"]);
  const [uid, name] = [textOf(metadata["uid"]), textOf(metadata["name"])];
  if (uid === undefined || name === undefined) return undefined;
  const spec = fields(fields(raw)["spec"]);
  const status = fields(fields(raw)["status"]);
  const isPreview = kind === "PreviewSession";
  return {
    uid,
    name,
    namespace: textOf(metadata["namespace"]),
    createdAt: timeOf(metadata["creationTimestamp"]),
    deletedAt: timeOf(metadata["deletionTimestamp"]),
    isDeleted: textOf(metadata["deletionTimestamp"]) !== undefined,
    closed: isPreview ? undefined : closedOf(status["closed"]),
    connected: isPreview ? undefined : textOf(status["connectedTimestamp"]),
    parentName: kind === "MirrordClusterSession" ? textOf(spec["multiClusterParentName"]) : undefined,
    preview: isPreview ? previewOf(status) : undefined,
  };
};

/** An object in a session, a text in a multi-cluster parent; an empty text says nothing. */
const closedOf = (closed: unknown): Seen["closed"] => {
  if (isObject(closed)) return { reason: clean(fields(closed)["reason"], MAX_REASON) };
  const reason = textOf(closed);
  return reason === undefined ? undefined : { reason: clean(reason, MAX_REASON) };
};

/** A preview without `startedAt` has begun only if its phase says that it serves. */
const previewOf = (status: Readonly<Record<string, unknown>>): PreviewStatus => {
  const [startedAt, phase] = [timeOf(status["startedAt"]), status["phase"]];
  return {
    begun: startedAt !== undefined || phase === "Ready" || phase === "Idle",
    startedAt,
    expiresAt: timeOf(status["expiresAt"]),
    failed: phase === "Failed" ? { at: timeOf(status["failedAt"]) } : undefined,
  };
};

/** Whether an object is a session of a CI run. */
export const isCiObject = (raw: RawObject): boolean => isObject(fields(fields(raw)["spec"])["ciInfo"]);

/**
 * The facts of a start. Total: any object gives facts that the contract's decoder accepts. `faults` names each required
 * field that is missing, and what is reported in its place.
 */
export const factsOf = (kind: Kind, raw: RawObject): { facts: Facts; faults: string[] } => {
  const spec = fields(fields(raw)["spec"]);
  const namespace = kind === "PreviewSession" ? fields(fields(raw)["metadata"])["namespace"] : spec["namespace"];
  const target = targetOf(spec["target"], namespace);
  const key = clean(spec["key"], MAX_TEXT);
  const common = { target, ...(key === undefined ? {} : { key }) };
  const missingNamespace = clean(namespace, MAX_TEXT) === undefined ? ["namespace"] : [];
  if (kind === "PreviewSession") {
    return { facts: { session_kind: "preview", ci: true, ...common }, faults: missingNamespace.map(missing) };
  }
  const isCi = isCiObject(raw);
  const branch = clean(fields(spec["jiraMetrics"])["branchName"], 255);
  const headerFilter = clean(fields(spec["httpFilter"])["headerFilter"], 1_024);
  const absentOwners = OWNER.filter((field) => clean(fields(spec["owner"])[field], MAX_TEXT) === undefined);
  return {
    facts: {
      session_kind: isCi ? "ci" : "user",
      ci: isCi,
      ...(isCi ? { ci_info: ciInfoOf(fields(spec["ciInfo"])) } : {}),
      client: clientOf(spec),
      ...common,
      ...(isObject(spec["copyTarget"]) ? { copy_target: true } : {}),
      ...(headerFilter === undefined ? {} : { header_filter: headerFilter }),
      ...(branch === undefined ? {} : { branch }),
    },
    faults: [...missingNamespace, ...absentOwners.map((field) => `owner.${field}`)].map(missing),
  };
};

const OWNER = ["userId", "username", "hostname", "k8sUsername"];

const missing = (field: string): string => `spec.${field} is missing, reported as "unknown"`;

const clientOf = (spec: Readonly<Record<string, unknown>>): Client => {
  const owner = fields(spec["owner"]);
  const version = clean(spec["clientCliVersion"], 64);
  return {
    id: boundedId(owner["userId"]),
    hostname: required(owner["hostname"], 253),
    username: required(owner["username"], 128),
    kubernetes_username: required(owner["k8sUsername"], 253),
    ...(version === undefined ? {} : { cli_version: version }),
  };
};

const ciInfoOf = (info: Readonly<Record<string, unknown>>): NonNullable<Start["ci_info"]> => {
  const entries = [
    ["provider", info["provider"]],
    ["environment", info["environment"]],
    ["pipeline", info["pipeline"]],
    ["triggered_by", info["triggeredBy"]],
  ] as const;
  return Object.fromEntries(
    entries.flatMap(([name, value]) => {
      const text = clean(value, MAX_TEXT);
      return text === undefined ? [] : [[name, text]];
    }),
  );
};
