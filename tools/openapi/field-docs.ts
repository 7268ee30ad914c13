import type { JsonSchema } from "@valibot/to-json-schema";

const SENT_AT =
  "The operator's clock when it sent this. A skew of more than five minutes is logged, and the times beside it are shifted by it.";
const EVENT_TIME = "By the operator's clock; at most five minutes later than `sent_at`.";
const CLUSTER = "Names the cluster in lists and reports.";
const NONCE = "The lease token contains it, so that an old answer cannot replace a new one.";
const INSTANCE = "The operator process: random, new at each start.";
const EVENT_START = "The start record, where the server may not have seen it: the end then records both.";

/** The meaning of request fields. The schemas of answers contain their own descriptions. */
const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  LicensePost: { instance_id: INSTANCE, cluster_name: CLUSTER, nonce: NONCE },
  Heartbeat: {
    instance_id: INSTANCE,
    cluster_name: CLUSTER,
    nonce: NONCE,
    seq: "Grows by at least one a beat and orders the live list alone: events and the lease are handled whatever it is. The list counts if `seq` is above the noted one, or if `sent_at` is more than five minutes after that of the noted heartbeat. Registering sets the noted `seq` to 0.",
    sent_at: SENT_AT,
    sessions: "The ids of all sessions that are live here: the whole list, each time.",
    started: "Starts whose own call failed, that happened while the server was unreachable, or that needed no call.",
    ended: "Ends, for the same reasons.",
    changed: "Sessions whose locked ports changed, with their ports as they are now.",
    errors: "Errors to store and report.",
  },
  SessionStart: {
    session_id: "Chosen by the operator. The same start, sent again, gets the same answer.",
    instance_id: INSTANCE,
    started_at: EVENT_TIME,
    sent_at: SENT_AT,
    ci: "A session of a CI job: it needs no seat and is reported separately.",
    key: "The key under which sessions share a target.",
  },
  SessionEnd: { ended_at: EVENT_TIME, sent_at: SENT_AT, start: EVENT_START },
  SessionEndEvent: { ended_at: EVENT_TIME, sent_at: SENT_AT, start: EVENT_START },
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
