type Json = Record<string, unknown>;
export type KubeObject = Json & { metadata: Json & { name: string; uid: string; resourceVersion: string } };
export type KubeEvent = {
  type: "ADDED" | "MODIFIED" | "DELETED";
  resource: string;
  object: KubeObject;
  version: number;
};

/** A path of the Kubernetes API in its parts; `resource` is `<group>/<plural>`, with an empty group for the core. */
export type KubePath = { resource: string; namespace: string | undefined; name: string | undefined };

const PATH = /^\/(?:api|apis\/([^/]+))\/[^/]+(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/status)?$/;

export const parsePath = (path: string): KubePath | undefined => {
  const own = /^\/api\/v1\/namespaces\/([^/]+)$/.exec(path);
  if (own !== null) return { resource: "/namespaces", namespace: undefined, name: own[1] };
  const match = PATH.exec(path);
  if (match === null) return undefined;
  return { resource: `${match[1] ?? ""}/${match[3]}`, namespace: match[2], name: match[4] };
};

/** The objects of a small API server with their history, numbered by `resourceVersion` as etcd does it. */
export const createStore = (now: () => number) => {
  const objects = new Map<string, { resource: string; namespace: string | undefined; object: KubeObject }>();
  const events: KubeEvent[] = [];
  const listeners = new Set<(event: KubeEvent) => void>();
  let version = 1_000;
  /** Events up to this version are gone. */
  let compacted = 0;
  let uids = 0;

  const keyOf = ({ resource, namespace, name }: KubePath): string => `${resource} ${namespace ?? ""} ${name}`;

  const record = (type: KubeEvent["type"], path: KubePath, object: KubeObject): KubeObject => {
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    if (type === "DELETED") objects.delete(keyOf(path));
    else objects.set(keyOf(path), { resource: path.resource, namespace: path.namespace, object: stored });
    const event: KubeEvent = { type, resource: path.resource, object: stored, version };
    events.push(event);
    for (const listener of listeners) listener(event);
    return stored;
  };

  const newUid = (): string => {
    uids += 1;
    return `${uids.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`;
  };

  return {
    get version() {
      return version;
    },
    get: (path: KubePath): KubeObject | undefined => objects.get(keyOf(path))?.object,
    list: ({ resource, namespace }: KubePath): KubeObject[] =>
      [...objects.values()]
        .filter((entry) => entry.resource === resource && (namespace === undefined || entry.namespace === namespace))
        .map(({ object }) => object),
    /** Creates or replaces an object. What the server owns is added: uid, creation time, version. */
    put: (path: KubePath, object: Json): KubeObject => {
      version += 1;
      const before = objects.get(keyOf(path))?.object;
      const created = new Date(now()).toISOString().replace(/\.\d+Z$/, "Z");
      const metadata = {
        uid: before?.metadata.uid ?? newUid(),
        creationTimestamp: before?.metadata["creationTimestamp"] ?? created,
        generation: 1,
        ...(object["metadata"] as Json | undefined),
        name: path.name ?? "",
        ...(path.namespace === undefined ? {} : { namespace: path.namespace }),
        resourceVersion: String(version),
      };
      return record(before === undefined ? "ADDED" : "MODIFIED", path, { ...object, metadata });
    },
    delete: (path: KubePath): boolean => {
      const before = objects.get(keyOf(path))?.object;
      if (before === undefined) return false;
      version += 1;
      record("DELETED", path, before);
      return true;
    },
    /** Removes an object without an event, as if it had never been: for lists that lag. */
    hide: (path: KubePath): (() => void) => {
      const entry = objects.get(keyOf(path));
      objects.delete(keyOf(path));
      return () => {
        if (entry !== undefined) objects.set(keyOf(path), entry);
      };
    },
    /** The events after a version; undefined if some are gone, or if the version is yet to come. */
    since: (after: number): KubeEvent[] | "expired" | "future" => {
      if (after < compacted) return "expired";
      return after > version ? "future" : events.filter((event) => event.version > after);
    },
    compact: (): void => {
      compacted = version;
    },
    onEvent: (listener: (event: KubeEvent) => void): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};

export type Store = ReturnType<typeof createStore>;
