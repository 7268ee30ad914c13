import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { admit } from "./custom-resource.ts";
import { CATALOG_SCHEMAS, type Schema } from "./schemas.ts";
import { createStore, type KubeObject, type KubePath, parsePath } from "./store.ts";

type Json = Record<string, unknown>;

export const SESSIONS = "/apis/mirrord.metalbear.co/v1alpha/mirrordclustersessions";
export const PARENTS = "/apis/operator.metalbear.co/v1alpha/mirrordmulticlustersessions";
export const previewsOf = (namespace: string): string =>
  `/apis/preview.mirrord.metalbear.co/v1alpha/namespaces/${namespace}/previewsessions`;
const OPERATOR_API = "/apis/operator.metalbear.co/v1";

/** One call that arrived. */
export type KubeCall = {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
  headers: IncomingMessage["headers"];
};

export type Answer = { status: number; body?: unknown; headers?: Record<string, string> };

/** Answers a call in the server's place, may take its time, or lets it pass. */
export type Rule = (call: KubeCall) => Answer | undefined | Promise<Answer | undefined>;

export type ApiServerOptions = {
  /** Its clock: of `Date` headers and creation times. */
  now?: () => number;
  /** The kinds that are installed, as `<group>/<plural>`; the three of mirrord if absent. */
  installed?: string[];
};

const MIRRORD = [
  "mirrord.metalbear.co/mirrordclustersessions",
  "operator.metalbear.co/mirrordmulticlustersessions",
  "preview.mirrord.metalbear.co/previewsessions",
];
const CORE = [
  "/namespaces",
  "/secrets",
  "/events",
  "coordination.k8s.io/leases",
  "events.k8s.io/events",
  "apps/deployments",
];

/** A Kubernetes `Status` that refuses a call. */
export const refusal = (code: number, reason: string, message = reason, details?: Json): Answer => ({
  status: code,
  body: {
    ...{ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", reason, message, code },
    ...(details === undefined ? {} : { details }),
  },
});

/**
 * A small API server in this process: objects, lists in pages, watches with bookmarks, and the operator's aggregated API. It has no
 * authentication, and it checks the schemas of policies and profiles alone. Tests break it in the ways that a real one breaks.
 */
export const startApiServer = async ({ now = Date.now, installed = MIRRORD }: ApiServerOptions = {}) => {
  const store = createStore(now);
  const kinds = new Set([...installed, ...CORE]);
  const watches = new Set<{ response: ServerResponse; stop: () => void }>();
  const calls: KubeCall[] = [];
  const pages = new Map<string, { objects: KubeObject[]; version: number }>();
  const operator = { version: "3.196.0", sessions: [] as unknown[], isInstalled: true };
  const schemas = new Map(CATALOG_SCHEMAS);
  let rule: Rule = () => undefined;
  let tokens = 0;

  store.put(
    { resource: "/namespaces", namespace: undefined, name: "default" },
    {
      metadata: { uid: "6f9e2c14-0b1d-4c55-9a0e-7d3f5b8a1c20" },
    },
  );

  const list = (path: KubePath, query: URLSearchParams): Answer => {
    const limit = Number(query.get("limit") ?? 0) || Number.POSITIVE_INFINITY;
    const token = query.get("continue");
    const page = token === null ? { objects: store.list(path), version: store.version } : pages.get(token);
    if (page === undefined) return refusal(410, "Expired", "The provided continue parameter is too old");
    const rest = page.objects.slice(limit);
    let next = "";
    if (rest.length > 0) {
      tokens += 1;
      next = `page-${tokens}`;
      pages.set(next, { ...page, objects: rest });
    }
    const metadata = { resourceVersion: String(page.version), ...(next === "" ? {} : { continue: next }) };
    return { status: 200, body: { kind: "List", apiVersion: "v1", metadata, items: page.objects.slice(0, limit) } };
  };

  const watch = (path: KubePath, query: URLSearchParams, response: ServerResponse): void => {
    const past = store.since(Number(query.get("resourceVersion") ?? 0));
    if (past === "future") {
      send(response, refusal(504, "Timeout", "Too large resource version"));
      return;
    }
    response.writeHead(200, { "content-type": "application/json", date: new Date(now()).toUTCString() });
    response.flushHeaders();
    const write = (type: string, object: unknown): void => {
      response.write(`${JSON.stringify({ type, object })}\n`);
    };
    if (past === "expired") {
      write("ERROR", refusal(410, "Expired", "too old resource version").body);
      response.end();
      return;
    }
    const belongs = (resource: string): boolean => resource === path.resource;
    for (const event of past) if (belongs(event.resource)) write(event.type, event.object);
    const stop = store.onEvent((event) => {
      if (belongs(event.resource)) write(event.type, event.object);
    });
    const entry = { response, stop };
    watches.add(entry);
    response.once("close", () => {
      stop();
      watches.delete(entry);
    });
  };

  /** A write of a policy or profile: with its schema, in a namespace that exists, or without an effect. */
  const changeCustom = ({ method, query, body }: KubeCall, path: KubePath, schema: Schema): Answer => {
    const isCreation = method === "POST";
    const name = isCreation ? String((body as { metadata?: Json }).metadata?.["name"]) : path.name;
    const at = { ...path, name };
    const before = store.get(at);
    if (isCreation && path.namespace !== undefined) {
      const namespace = store.get({ resource: "/namespaces", namespace: undefined, name: path.namespace });
      if (namespace === undefined) return refusal(404, "NotFound", `namespaces "${path.namespace}" not found`);
    }
    if (isCreation && before !== undefined) return refusal(409, "AlreadyExists");
    if (!isCreation && before === undefined) return refusal(404, "NotFound");
    const admission = admit({
      ...{ path: at, before, schema, now: now() },
      body: method === "PATCH" ? merge(before, body) : (body as Json),
      strict: query.get("fieldValidation") === "Strict",
      manager: query.get("fieldManager") ?? "unknown",
    });
    if (admission.kind === "refused") return refusal(admission.code, admission.reason, admission.message);
    const status = isCreation ? 201 : 200;
    if (query.get("dryRun") !== "All") return { status, body: store.put(at, admission.object) };
    return {
      status,
      body: { ...admission.object, metadata: { ...before?.metadata, ...(admission.object["metadata"] as Json) } },
    };
  };

  const change = (call: KubeCall, path: KubePath): Answer => {
    const { method, body } = call;
    const schema = schemas.get(path.resource);
    if (schema !== undefined && method !== "DELETE") return changeCustom(call, path, schema);
    const before = path.name === undefined ? undefined : store.get(path);
    if (method === "POST") {
      const metadata = (body as { metadata?: Json }).metadata ?? {};
      const name = String(metadata["name"] ?? `${metadata["generateName"] ?? "object-"}${store.version}`);
      if (store.get({ ...path, name }) !== undefined) return refusal(409, "AlreadyExists");
      return { status: 201, body: store.put({ ...path, name }, body as Json) };
    }
    if (before === undefined && method !== "PATCH") return refusal(404, "NotFound");
    if (method === "DELETE") {
      const conditions = (body as { preconditions?: { uid?: string; resourceVersion?: string } } | undefined)
        ?.preconditions;
      if (conditions?.uid !== undefined && conditions.uid !== before?.metadata.uid) return refusal(409, "Conflict");
      const version = conditions?.resourceVersion;
      if (version !== undefined && version !== before?.metadata.resourceVersion) return refusal(409, "Conflict");
      store.delete(path);
      return { status: 200, body: before };
    }
    if (before === undefined) return refusal(404, "NotFound");
    const changed = method === "PATCH" ? merge(before, body as Json) : (body as Json);
    const expected = (changed["metadata"] as Json | undefined)?.["resourceVersion"];
    if (expected !== undefined && expected !== before.metadata.resourceVersion) return refusal(409, "Conflict");
    return { status: 200, body: store.put(path, changed) };
  };

  const aggregated = ({ method, path }: KubeCall): Answer | undefined => {
    if (!path.startsWith(`${OPERATOR_API}/`)) return undefined;
    if (!operator.isInstalled) return NOT_INSTALLED;
    if (path === `${OPERATOR_API}/mirrordoperators/operator` && method === "GET") {
      const spec = { operator_version: operator.version, license: { name: "Stand-in", expire_at: "2030-01-01" } };
      return {
        status: 200,
        body: {
          kind: "MirrordOperator",
          metadata: { name: "operator" },
          spec,
          status: { sessions: operator.sessions },
        },
      };
    }
    return refusal(404, "NotFound", "session not found");
  };

  /** The answer to a call that is not a watch. */
  const answerTo = async (call: KubeCall): Promise<Answer> => {
    const special = (await rule(call)) ?? aggregated(call);
    if (special !== undefined) return special;
    const path = parsePath(call.path);
    if (path === undefined || !kinds.has(path.resource)) return NOT_INSTALLED;
    if (call.method !== "GET") return change(call, path);
    if (path.name === undefined) return list(path, call.query);
    const object = store.get(path);
    return object === undefined ? refusal(404, "NotFound") : { status: 200, body: object };
  };

  const handle = async (call: KubeCall, response: ServerResponse): Promise<void> => {
    const path = parsePath(call.path);
    const isWatch = call.method === "GET" && path?.name === undefined && call.query.get("watch") === "true";
    if (!isWatch || path === undefined || !kinds.has(path.resource)) return send(response, await answerTo(call));
    const special = await rule(call);
    if (special !== undefined) return send(response, special);
    watch(path, call.query, response);
  };

  const send = (response: ServerResponse, { status, body, headers }: Answer): void => {
    const isText = typeof body === "string";
    response.writeHead(status, {
      "content-type": isText ? "text/plain" : "application/json",
      date: new Date(now()).toUTCString(),
      ...headers,
    });
    response.end(isText ? body : JSON.stringify(body));
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const url = new URL(request.url ?? "/", "http://kube");
      const text = Buffer.concat(chunks).toString("utf8");
      const call: KubeCall = {
        method: request.method ?? "GET",
        path: decodeURIComponent(url.pathname),
        query: url.searchParams,
        body: text === "" ? undefined : JSON.parse(text),
        headers: request.headers,
      };
      calls.push(call);
      handle(call, response).catch((error) => response.destroy(error as Error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const pathOf = (collection: string, name: string): KubePath => {
    const path = parsePath(`${collection}/${name}`);
    if (path === undefined) throw new RangeError(`${collection} is not a collection`);
    return path;
  };

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** All calls so far. */
    calls,
    /** The answer to a call as it arrives over the network, without one. Not for watches. */
    ask: async (call: KubeCall): Promise<Answer> => {
      calls.push(call);
      return answerTo(call);
    },
    /** What the operator's own API says. */
    operator,
    /** Creates or replaces an object of a collection. */
    put: (collection: string, object: Json): KubeObject =>
      store.put(pathOf(collection, String((object["metadata"] as Json)["name"])), object),
    get: (collection: string, name: string): KubeObject | undefined => store.get(pathOf(collection, name)),
    /** Changes the status of an object. */
    setStatus: (collection: string, name: string, status: Json): KubeObject => {
      const before = store.get(pathOf(collection, name));
      if (before === undefined) throw new RangeError(`${name} does not exist`);
      return store.put(pathOf(collection, name), { ...before, status: { ...(before["status"] as Json), ...status } });
    },
    /** Changes the metadata of an object. */
    setMetadata: (collection: string, name: string, metadata: Json): KubeObject => {
      const before = store.get(pathOf(collection, name));
      if (before === undefined) throw new RangeError(`${name} does not exist`);
      return store.put(pathOf(collection, name), { ...before, metadata: { ...before.metadata, ...metadata } });
    },
    remove: (collection: string, name: string): boolean => store.delete(pathOf(collection, name)),
    /** Changes an object of a policy or profile as another manager does. */
    edit: (collection: string, name: string, manager: string, patch: Json): KubeObject => {
      const path = pathOf(collection, name);
      const query = new URLSearchParams({ fieldManager: manager });
      const call: KubeCall = { method: "PATCH", path: `${collection}/${name}`, query, body: patch, headers: {} };
      const { status, body } = change(call, path);
      if (status !== 200) throw new RangeError(`${name} cannot be edited: ${JSON.stringify(body)}`);
      return body as KubeObject;
    },
    /** The spec that a kind of policies or profiles has from now on: an older or newer operator is installed. */
    setSchema: (resource: string, schema: Schema): void => void schemas.set(resource, schema),
    /** Lists do not have the object until the returned function is called. */
    hide: (collection: string, name: string): (() => void) => store.hide(pathOf(collection, name)),
    install: (resource: string): void => void kinds.add(resource),
    uninstall: (resource: string): void => void kinds.delete(resource),
    /** Answers that differ from the usual ones; undefined lets a call pass. */
    setRule: (next: Rule | undefined): void => {
      rule = next ?? (() => undefined);
    },
    /** Forgets the past: a watch from an older version gets a 410, and all tokens of pages expire. */
    compact: (): void => {
      store.compact();
      pages.clear();
    },
    /** Sends a bookmark on every watch. */
    bookmark: (): void => {
      for (const { response } of watches) {
        const object = { kind: "Bookmark", metadata: { resourceVersion: String(store.version) } };
        response.write(`${JSON.stringify({ type: "BOOKMARK", object })}\n`);
      }
    },
    /** Ends all watches: with the end of their answer, or by breaking the connection. */
    endWatches: (how: "end" | "break" = "end"): void => {
      for (const { response, stop } of watches) {
        stop();
        if (how === "end") response.end();
        else response.destroy();
      }
    },
    /** Number of open watches. */
    watching: (): number => watches.size,
    close: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

export type ApiServer = Awaited<ReturnType<typeof startApiServer>>;

const NOT_INSTALLED: Answer = { status: 404, body: "404 page not found\n" };

/** JSON merge patch (RFC 7396). */
const merge = (target: unknown, patch: unknown): Json => {
  const isObject = (value: unknown): value is Json =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject(patch)) return patch as Json;
  const merged: Json = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value);
  }
  return merged;
};
