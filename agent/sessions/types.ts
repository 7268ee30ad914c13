import type { EpochMs } from "../../shared/contract/time.ts";

/** The kinds of objects that the agent watches. */
export const KINDS = ["MirrordClusterSession", "MirrordMultiClusterSession", "PreviewSession"] as const;
export type Kind = (typeof KINDS)[number];

/** A Kubernetes object as it arrived. Any field may be missing or have another form than its schema says. */
export type RawObject = unknown;

/**
 * One fact about the cluster. `at` is the agent's own time of the observation, in milliseconds. Objects carry times of the
 * API server and of the operator; `offset` says how to convert them.
 */
export type Observation = { at: EpochMs } & (
  | { type: "listed"; kind: Kind; objects: readonly RawObject[] }
  /**
   * An object was added or modified. `late`: the event happened earlier, while no watch was open, so that `at` is not the
   * time of a change.
   */
  | { type: "seen"; kind: Kind; object: RawObject; late?: boolean }
  /** A known object reports activity and nothing else. `connected` is its `status.connectedTimestamp`. */
  | { type: "active"; kind: Kind; uid: string; connected: string; late?: boolean }
  /** `object` is the last state of the object. */
  | { type: "deleted"; kind: Kind; object: RawObject; late?: boolean }
  /** The watch of a kind is up to date, as a bookmark says. */
  | { type: "current"; kind: Kind }
  /** The API server answers 404: the kind is not installed. Repeat the observation while that lasts. */
  | { type: "missing"; kind: Kind }
  /** The agent cannot observe the kind at present. */
  | { type: "lost"; kind: Kind }
  /** The clock of the API server less the agent's own, in milliseconds. */
  | { type: "offset"; offsetMs: number }
  /** `status.sessions` of the MirrordOperator object, or undefined where it has none. */
  | { type: "operator"; sessions: unknown }
  /**
   * The server says that this id is over (`SessionEnded`), while its object is live. A multi-cluster parent then gets the
   * id with a suffix; for any other session nothing changes.
   */
  | { type: "over"; sessionId: string }
  /** Time passes. Send it at least once a second. */
  | { type: "tick" }
);

export type SessionKind = "user" | "ci" | "preview";
export type Port = { port: number; kind: string; filter?: string };

export type Client = {
  id: string;
  hostname: string;
  username: string;
  kubernetes_username: string;
  cli_version?: string;
};
export type Target = { namespace: string; kind: string; name: string; container?: string };
export type CiInfo = { provider?: string; environment?: string; pipeline?: string; triggered_by?: string };

/** A start record of the contract, complete but for `sent_at`. Only a preview has no client. */
export type Start = {
  session_id: string;
  instance_id: string;
  started_at: string;
  session_kind: SessionKind;
  /** True for `ci` and `preview`, so that an older server gives them no user seat. */
  ci: boolean;
  ci_info?: CiInfo;
  /** Only a child of a multi-cluster session has it. */
  parent_id?: string;
  client?: Client;
  target: Target;
  copy_target?: boolean;
  header_filter?: string;
  key?: string;
  branch?: string;
  locked_ports?: Port[];
};

/** The end of a session, or of a child, whose `start` has a `parent_id`. */
export type End = {
  session_id: string;
  ended_at: string;
  reason?: string;
  /** The object was missing from a complete list: nobody saw it end. */
  inferred?: true;
  start: Start;
};

export type Change = { session_id: string; locked_ports: Port[] };

export type Child = {
  session_id: string;
  parent_id: string;
  session_kind: "user" | "ci";
  key?: string;
  branch?: string;
};

/**
 * What an observation changed, to be put into the outbox in this order: started, ended, changed. A start of an id whose
 * inferred end still waits replaces that end.
 */
export type Changes = {
  started: Start[];
  ended: End[];
  changed: Change[];
  /** The live children are different now. */
  childrenChanged: boolean;
  /** One text per object that cannot be reported, once. */
  faults: string[];
};

/** What is live now. */
export type View = {
  /**
   * The ids of all live sessions, sorted. Undefined until this process has a complete list of every kind: a heartbeat then
   * has no `sessions`.
   */
  list: string[] | undefined;
  /** The live children of multi-cluster sessions, sorted by id. Undefined together with `list`. */
  children: Child[] | undefined;
  /** The latest time, by the agent's clock, up to which every kind is known. Undefined until the first complete list. */
  observedAt: EpochMs | undefined;
};

/** What to call to stop a session. */
export type StopTarget =
  | { kind: "MirrordClusterSession" | "MirrordMultiClusterSession"; name: string }
  | { kind: "PreviewSession"; namespace: string; name: string; uid: string };

/** How long the state machine waits. */
export type SessionWaits = {
  /** A multi-cluster parent for a child of its own cluster, to learn its kind. */
  parentMs: number;
  /** A kind that was listed before counts as empty only after its 404 lasted this long. */
  missingMs: number;
  /** An object that ended is remembered this long after it is gone, so that a list from the past does not revive it. */
  memoryMs: number;
};

/**
 * The sessions of one cluster, as the observations show them. Deterministic: it reads no clock and does no input or output.
 */
export type Sessions = {
  observe(observation: Observation): Changes;
  view(): View;
  /** The start of a live session as it is known now, for an id that the server does not know. */
  start(sessionId: string): Start | undefined;
  /** How to stop a live session. Undefined if it is not live. */
  stopTarget(sessionId: string): StopTarget | undefined;
  /** Number of known objects of each kind, ended ones included. */
  counts(): Record<Kind, number>;
  /**
   * All that a restart needs, as JSON data. Store the events of an observation before its state: a crash in between then
   * repeats events, which is harmless.
   */
  state(): unknown;
};
