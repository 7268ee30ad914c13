import { describeKube, isDone, type Kube, type KubeOutcome, type KubeRequest, statusOf } from "../kube/kube.ts";
import { fields, list, textOf } from "../sessions/fields.ts";
import { collectionPath, RESOURCES } from "./kinds.ts";
import { FIELD_MANAGER, objectOf } from "./stamp.ts";
import type { Action, CatalogObject, Stamp, Trouble, WriteOutcome } from "./types.ts";

/** The calls that change the objects of one catalog. */
export type Writer = {
  write(action: Action): Promise<WriteOutcome>;
  /** Deletes the object, if it is still the one that was listed. */
  remove(object: CatalogObject): Promise<WriteOutcome>;
};

// A field that the cluster does not know is a refusal, not a field less.
const QUERY = { fieldManager: FIELD_MANAGER, fieldValidation: "Strict" };

export const createWriter = (kube: Kube, stamp: Pick<Stamp, "catalogId" | "revision">, signal: AbortSignal): Writer => {
  const call = (request: KubeRequest): Promise<KubeOutcome> => kube.call({ ...request, signal });
  return {
    write: async (action) => {
      const { entry } = action;
      const collection = collectionPath(entry.kind, entry.namespace);
      if (action.type === "create") {
        const body = objectOf(entry, stamp);
        return outcomeOf(await call({ method: "POST", path: collection, query: QUERY, body }), action);
      }
      const path = `${collection}/${encodeURIComponent(entry.name)}`;
      const body = objectOf(entry, stamp, action.object);
      if (action.type === "replace") return outcomeOf(await call({ method: "PUT", path, query: QUERY, body }), action);
      const answer = await call({ method: "PUT", path, query: { ...QUERY, dryRun: "All" }, body });
      if (!isDone(answer)) return outcomeOf(answer, action);
      return { kind: isEqual(fields(answer.body)["spec"], action.object.spec) ? "same" : "different" };
    },
    remove: async (object) => {
      const { uid, resourceVersion } = object;
      const path = `${collectionPath(object.kind, object.namespace)}/${encodeURIComponent(object.name)}`;
      const preconditions = { uid, resourceVersion };
      const body = { kind: "DeleteOptions", apiVersion: "v1", preconditions };
      const outcome = await call({ method: "DELETE", path, body });
      if (isDone(outcome)) return { kind: "same" };
      return outcomeOf(outcome, { type: "remove", entry: object });
    },
  };
};

type Call = { type: Action["type"] | "remove"; entry: Pick<CatalogObject, "kind" | "namespace"> };

const VERBS: Record<Call["type"], string> = { create: "create", replace: "update", check: "update", remove: "delete" };

const outcomeOf = (outcome: KubeOutcome, call: Call): WriteOutcome => {
  const message = describeKube(outcome);
  if (outcome.kind === "lost") return { kind: "unavailable", message };
  const { status, body, retryAfterMs } = outcome;
  const refused = (state: Trouble, text = message): WriteOutcome => ({ kind: "refused", state, message: text });
  if (isDone(outcome)) return writtenOf(outcome.body) ?? refused("failed", "The API server answers without an object.");
  // The namespace is on its way out: the API server refuses new objects in it.
  if (status === 403 && hasCause(body, "NamespaceTerminating")) return refused("pending");
  // A webhook refuses the object, and not the agent.
  if (status === 403 && statusOf(body).message?.startsWith("admission webhook") === true) return refused("forbidden");
  if (status === 403)
    return refused("forbidden", `${message}. Grant ${VERBS[call.type]} on ${RESOURCES[call.entry.kind].name}`);
  if (status === 400 || status === 422) return refused("unsupported");
  if (status === 404 && call.type === "create")
    return refused(call.entry.namespace === null ? "unsupported" : "pending");
  if (status === 404 || status === 409) return { kind: "overtaken" };
  if (status === 429 || status === 401 || status === 503 || status === 504)
    return { kind: "unavailable", message, ...(retryAfterMs === undefined ? {} : { retryMs: retryAfterMs }) };
  return refused("failed");
};

const writtenOf = (body: unknown): WriteOutcome | undefined => {
  const { uid, generation } = fields(fields(body)["metadata"]);
  return typeof uid === "string" && typeof generation === "number" ? { kind: "written", uid, generation } : undefined;
};

const hasCause = (body: unknown, reason: string): boolean =>
  list(fields(fields(body)["details"])["causes"]).some((cause) => textOf(fields(cause)["reason"]) === reason);

/** Whether two JSON values are the same, whatever the order of their fields. */
export const isEqual = (a: unknown, b: unknown): boolean => {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, at) => isEqual(each, b[at]));
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  if (Array.isArray(a) || Array.isArray(b)) return false;
  const [left, right] = [fields(a), fields(b)];
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && isEqual(left[name], right[name]))
  );
};
