import type { JsonSchema } from "@valibot/to-json-schema";

const SENT_AT =
  "The operator's clock when it sent this. A skew of more than five minutes is logged, and the times beside it are shifted by it.";
const EVENT_TIME = "By the operator's clock; at most five minutes later than `sent_at`.";
const CLUSTER = "Names the cluster in lists and reports.";
const NONCE = "The lease token contains it, so that an old answer cannot replace a new one.";
const CLUSTER_ID = "The cluster: the UID of its namespace `default`.";
const OPERATOR_VERSION = "Required, except from an agent that does not know it.";
const AGENT = "Who sends this, if it is an agent: the process that reports a stock operator's sessions.";
const INSTANCE =
  "The operator process: random, new at each start. An agent keeps its own: `cluster-` and its `cluster_id`.";
const KEY = "The key under which sessions share a target.";
const EVENT_START = "The start record, where the server may not have seen it: the end then records both.";

/** The meaning of request fields. The schemas of answers contain their own descriptions. */
const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  LicensePost: {
    instance_id: INSTANCE,
    operator_version: OPERATOR_VERSION,
    cluster_name: CLUSTER,
    cluster_id: CLUSTER_ID,
    agent: AGENT,
    nonce: NONCE,
  },
  Heartbeat: {
    instance_id: INSTANCE,
    operator_version: OPERATOR_VERSION,
    cluster_name: CLUSTER,
    cluster_id: CLUSTER_ID,
    agent: AGENT,
    nonce: NONCE,
    seq: "Grows by at least one a beat and orders the live list alone: events and the lease are handled whatever it is. The list counts if `seq` is above the noted one, or if `sent_at` is more than five minutes after that of the noted heartbeat. Registering sets the noted `seq` to 0.",
    sent_at: SENT_AT,
    sessions:
      "The ids of all sessions that are live here: the whole list, each time. Required, except from an agent: without a list, the lease is renewed and the events are recorded, and nothing is compared.",
    started: "Starts whose own call failed, that happened while the server was unreachable, or that needed no call.",
    ended: "Ends, for the same reasons.",
    changed: "Sessions whose locked ports changed, with their ports as they are now.",
    errors: "Errors to store and report.",
    children: "The children of multi-cluster sessions in this cluster. Each adds to what is known of its parent.",
    stopped: "What became of requests in `terminate`.",
    catalog_status:
      "What an agent applied of the catalog. Sent when it changed, and once an hour. If it has a fault it is ignored, and the heartbeat still succeeds.",
  },
  SessionStart: {
    session_id: "Chosen by the operator. The same start, sent again, gets the same answer.",
    instance_id: INSTANCE,
    started_at: EVENT_TIME,
    sent_at: SENT_AT,
    session_kind:
      "`user` is a person's session. `ci` and `preview` are machine sessions: they need no seat and are reported separately.",
    ci: "The older form of `session_kind: ci`. It counts only if `session_kind` is absent.",
    ci_info: "What is known of the CI job.",
    parent_id: "The multi-cluster session that this one belongs to.",
    copy_target: "Whether the session runs against a copy of its target.",
    target_labels: "The labels of the target.",
    header_filter: "Which requests the session receives.",
    key: KEY,
    client: "Required, except for a preview environment.",
    features: "Recorded only: policies judge `policy_facts`.",
    profile: "Recorded only: policies judge `policy_facts`.",
    policy_facts:
      "What policies judge. Without it the session is not judged. In it, an absent field is not known, and null means none.",
  },
  PolicyFacts: {
    operator_semantics:
      "How the operator applies policies. `target`: before 3.200, to the given target alone. `owners`: from 3.200 on, also by the target's owners.",
    features: "What the session uses: `steal`, `mirror`, `copy-target-scale-down`. Others are not judged.",
    profile: "The selected profile: `name`, or `namespace/name`.",
    http_filter: "The HTTP filter of a stealing session.",
    labels: "The labels of the given target.",
    owners: "The owners of the target, with their labels.",
    copy_target: "Whether the session runs against a copy of its target.",
  },
  CatalogPut: {
    spec: "The object's `spec`, as the custom resource has it. Null means none in it.",
    clusters:
      "Globs over cluster names; without it all clusters. `id:<cluster_id>` names a cluster by its id. Only `*` and `id:` match a cluster without a name.",
    allow_unknown: "Stores fields that this server does not know. Policies with such fields decide nothing here.",
    force: "Stores a policy that refuses every session, because it requires a profile and allows none.",
  },
  CatalogChange: {
    spec: "Required for `put`.",
    namespace: "Required for MirrordPolicy and MirrordProfile, absent for the other kinds.",
    if_match: "The `etag` of the entry that is replaced or deleted.",
  },
  CatalogRestore: {
    generation: "A generation of the entry's history that is not a deletion.",
    force: "As for `PUT`.",
  },
  CatalogPrune: { cluster_id: "The cluster's id, as `GET /api/v1/catalog/status` lists it." },
  CatalogAccept: { revision: "The revision that the agents report." },
  CatalogStatus: {
    catalog_id: "The catalog whose objects are in the cluster.",
    revision: "The revision that is in force.",
    state:
      "`catalog_went_back`: the server's revision is lower than the cluster's. `other_catalog`: the objects are another server's. `away`: the server cannot be reached.",
    entries: "Each entry that is not applied.",
  },
  SessionChild: {
    session_id: "The child's own id. No list has it.",
    parent_id: "The session that is listed.",
    key: KEY,
  },
  SessionStopEvent: {
    outcome:
      "`requested`: the stop was requested in the cluster. `failed`: the agent tries again. `unsupported` (the operator cannot stop it) and `forbidden` (the agent may not) close the request.",
    detail: "Why, for people.",
  },
  Agent: {
    version: "The agent's own version.",
    process_id: "Random, new at each start. A process that another one replaced is answered `superseded`.",
    enforces: "Whether it stops sessions that were denied a seat. Then `terminate` contains them.",
    applies_catalog: "Whether it applies policies and profiles.",
    kills_previews: "Whether it can stop preview environments.",
    observed_at: "When it last saw the whole state of its cluster, by its own clock. Null before the first time.",
  },
  SessionEnd: { ended_at: EVENT_TIME, sent_at: SENT_AT, start: EVENT_START },
  SessionEndEvent: {
    ended_at: EVENT_TIME,
    sent_at: SENT_AT,
    start: EVENT_START,
    inferred:
      "The session is missing in the cluster, and nothing showed its end: it ends as lost at its last activity.",
  },
  Client: {
    id: "The hash of the client certificate's public key: one machine.",
    username: "The machine's user.",
    name: "The user's full name on the machine.",
  },
};

/** Writes the descriptions into the schemas. Throws if a schema does not have the field. */
export const describeFields = (schemas: Readonly<Record<string, JsonSchema>>): void => {
  for (const [name, fields] of Object.entries(FIELDS))
    for (const [field, description] of Object.entries(fields)) {
      const property = schemas[name]?.properties?.[field];
      if (typeof property !== "object") throw new Error(`${name} has no field ${field} to describe`);
      property.description = description;
    }
};
