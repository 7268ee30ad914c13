import type { Clock } from "../../../agent/wire/clock.ts";
import { type EpochMs, SECOND_MS } from "../../../shared/contract/time.ts";
import { type ApiAnswer, type ApiClient, MERGE_PATCH, messageOf } from "../../cluster/api-client.ts";

/** An object that the stand-in owns. Every write is repeated until the API server accepts it, as a controller does. */
export type ManagedObject = {
  readonly name: string;
  readonly uid: string;
  readonly createdAt: EpochMs;
  /** Merges fields into the status. While a write is under way or fails, later changes join the next one. */
  setStatus(change: Record<string, unknown>): void;
  /** Whether somebody deleted it. False while the API server does not answer. */
  isDeleted(): Promise<boolean>;
  /** Resolves when all changes of the status are stored, or the object is gone. */
  settled(): Promise<void>;
  /** Deletes it. Its finalizer keeps it, with a `deletionTimestamp`, until `release`. */
  delete(): Promise<void>;
  /** Removes the finalizer, so that a deleted object disappears. */
  release(): Promise<void>;
};

export type ObjectPlace = { api: ApiClient; clock: Clock; collection: string };

/** Not the operator's own, which is not public. */
export const FINALIZER = "stand-in.mirrord.metalbear.co/session-ttl";
const RETRY_MS = SECOND_MS / 4;
const NOT_FOUND = 404;
const CONFLICT = 409;

/** Creates an object; `body` is without finalizers. If an earlier answer was lost, the object that exists is used. */
export const createManaged = async (place: ObjectPlace, body: ObjectBody): Promise<ManagedObject> => {
  const { api, collection } = place;
  const path = `${collection}/${body.metadata.name}`;
  const manifest = { ...body, metadata: { ...body.metadata, finalizers: [FINALIZER] } };
  const created = await persist(place, () => api.call("POST", collection, manifest), CONFLICT);
  const stored = created.status === CONFLICT ? await persist(place, () => api.call("GET", path)) : created;
  const { uid, creationTimestamp } = (stored.body as Stored).metadata;
  let pending: Record<string, unknown> | undefined;
  let writing: Promise<void> = Promise.resolve();
  let idle = true;
  const write = async (): Promise<void> => {
    while (pending !== undefined) {
      const status = pending;
      pending = undefined;
      const answer = await attempt(() => api.call("PATCH", `${path}/status`, { status }, { contentType: MERGE_PATCH }));
      if (answer !== undefined && isFinal(answer, NOT_FOUND)) continue;
      pending = { ...status, ...(pending as Record<string, unknown> | undefined) };
      await place.clock.sleep(RETRY_MS);
    }
    idle = true;
  };
  return {
    name: body.metadata.name,
    uid,
    createdAt: Date.parse(creationTimestamp),
    setStatus: (change) => {
      pending = { ...pending, ...change };
      if (!idle) return;
      idle = false;
      writing = write();
    },
    settled: () => writing,
    isDeleted: async () => {
      const answer = await attempt(() => api.call("GET", path));
      if (answer === undefined) return false;
      return (
        answer.status === NOT_FOUND ||
        (answer.status === 200 && (answer.body as Stored).metadata.deletionTimestamp !== undefined)
      );
    },
    delete: async () => void (await persist(place, () => api.call("DELETE", path), NOT_FOUND)),
    release: async () => {
      const patch = { metadata: { finalizers: null } };
      await persist(place, () => api.call("PATCH", path, patch, { contentType: MERGE_PATCH }), NOT_FOUND);
    },
  };
};

export type ObjectBody = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  spec: Record<string, unknown>;
};

type Stored = { metadata: { uid: string; creationTimestamp: string; deletionTimestamp?: string } };

/** Repeats a call until it succeeds or has the accepted status. Throws if the API server refuses it for good. */
const persist = async (
  { clock }: ObjectPlace,
  call: () => Promise<ApiAnswer>,
  accepted?: number,
): Promise<ApiAnswer> => {
  for (;;) {
    const answer = await attempt(call);
    if (answer !== undefined && isFinal(answer, accepted)) return answer;
    await clock.sleep(RETRY_MS);
  }
};

// No answer: the API server is away.
const attempt = (call: () => Promise<ApiAnswer>): Promise<ApiAnswer | undefined> => call().catch(() => undefined);

const isFinal = ({ status, body }: ApiAnswer, accepted?: number): boolean => {
  if ((status >= 200 && status < 300) || status === accepted) return true;
  // A starting API server also answers 401 and 403 until it has read its own roles, and 404 until it knows the kind.
  if (status === 400 || status === 422) throw new Error(`the API server refuses an object: ${messageOf(body)}`);
  return false;
};
