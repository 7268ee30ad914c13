import { afterEach, describe, expect, it } from "vitest";
import {
  type ApiServer,
  type ApiServerOptions,
  refusal,
  SESSIONS,
  startApiServer,
} from "../../support/kube/api-server.ts";
import { clusterSession } from "../../support/kube/objects.ts";
import { startWatching } from "../../support/kube/watching.ts";

const RESOURCE = "mirrord.metalbear.co/mirrordclustersessions";
const CREATED = "2026-11-02T09:00:00Z";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const object = (name: string, status: Record<string, unknown> = {}) =>
  clusterSession({ name, uid: `${name.padEnd(8, "0")}-0000`, created: CREATED, status });
const idOf = (name: string): string => `${name}.${name.padEnd(8, "0")}`;
const idsOf = (...names: string[]): string[] => names.map(idOf);

const startServer = async (names: string[] = [], options?: ApiServerOptions): Promise<ApiServer> => {
  const server = await startApiServer(options);
  cleanups.push(server.close);
  for (const name of names) server.put(SESSIONS, object(name));
  return server;
};

const watching = (server: ApiServer, options?: Parameters<typeof startWatching>[1]) => {
  const world = startWatching(server, options);
  cleanups.push(world.stop);
  const lists = (...names: string[]): Promise<void> =>
    world.until(() => JSON.stringify(world.live()) === JSON.stringify(idsOf(...names)));
  /** All three watches are open. */
  const open = (): Promise<void> => world.until(() => server.watching() === 3);
  return { ...world, lists, open };
};

const listCalls = ({ calls }: ApiServer) =>
  calls.filter(({ path, query }) => path === SESSIONS && query.get("watch") === null);
const watchCalls = ({ calls }: ApiServer) => calls.filter(({ path, query }) => path === SESSIONS && query.has("watch"));

/** Applies a rule to the first call that it matches, and lets all others pass. */
const once = (
  matches: (query: URLSearchParams, path: string) => boolean,
  act: () => ReturnType<typeof refusal> | undefined,
) => {
  let isDone = false;
  return ({ path, query }: { path: string; query: URLSearchParams }) => {
    if (isDone || !matches(query, path)) return undefined;
    isDone = true;
    return act();
  };
};

describe("the watches of an agent", () => {
  it("pause between lists where each watch is refused at once", async () => {
    const server = await startServer(["a1"]);
    server.setRule(({ query }) => (query.has("watch") ? refusal(410, "Expired") : undefined));
    const begin = performance.now();
    const { until } = watching(server, { waits: { retryMs: 100 } });
    await until(() => listCalls(server).length >= 3);
    expect(performance.now() - begin).toBeGreaterThan(180);
  });

  it("read a consistent list in pages of one, and then follow what changes", async () => {
    const server = await startServer(["a1", "b2", "c3"]);
    const { lists, events } = watching(server, { pageSize: 1 });
    await lists("a1", "b2", "c3");
    expect(listCalls(server)).toHaveLength(3);
    for (const { query } of listCalls(server)) expect(query.has("resourceVersion")).toBe(false);
    server.put(SESSIONS, object("d4"));
    server.setStatus(SESSIONS, "a1", { closed: { reason: "Unused" } });
    server.remove(SESSIONS, "b2");
    await lists("c3", "d4");
    expect(events.slice(3).sort()).toEqual([`end ${idOf("a1")}`, `end ${idOf("b2")}`, `start ${idOf("d4")}`]);
  });

  it("see an object that changes while the list is read", async () => {
    const server = await startServer(["a1", "b2", "c3"]);
    const changes = once(
      (query, path) => path === SESSIONS && query.has("continue"),
      () => {
        server.remove(SESSIONS, "a1");
        server.setStatus(SESSIONS, "c3", { closed: { reason: "Unused" } });
        server.put(SESSIONS, object("d4"));
        return undefined;
      },
    );
    server.setRule(changes);
    const { lists, events } = watching(server, { pageSize: 1 });
    await lists("b2", "d4");
    expect(events).not.toContain(`inferred ${idOf("a1")}`);
  });

  it("begin the list again when the token of its next page has expired", async () => {
    const server = await startServer(["a1", "b2", "c3"]);
    server.setRule(
      once(
        (query, path) => path === SESSIONS && query.has("continue"),
        () => {
          server.remove(SESSIONS, "a1");
          server.compact();
          return undefined;
        },
      ),
    );
    const { lists, events, told } = watching(server, { pageSize: 2 });
    await lists("b2", "c3");
    expect(events.sort()).toEqual([`start ${idOf("b2")}`, `start ${idOf("c3")}`]);
    expect(told).toEqual([]);
  });

  it("go on from where they were when a connection breaks", async () => {
    const server = await startServer(["a1"]);
    const { lists, open } = watching(server);
    await lists("a1");
    await open();
    server.endWatches("break");
    server.put(SESSIONS, object("b2"));
    server.remove(SESSIONS, "a1");
    await lists("b2");
    expect(listCalls(server)).toHaveLength(1);
  });

  it.each([
    ["410 in the answer", () => refusal(410, "Expired", "too old resource version")],
    ["too large resource version", () => refusal(504, "Timeout", "Too large resource version: 9, current: 8")],
  ])("list anew on %s", async (_name, answer) => {
    const server = await startServer(["a1"]);
    server.setRule(once((query, path) => path === SESSIONS && query.has("watch"), answer));
    const { lists, until, told } = watching(server);
    await until(() => listCalls(server).length === 2);
    server.put(SESSIONS, object("b2"));
    await lists("a1", "b2");
    expect(told).toEqual([]);
  });

  it("list anew when the past is gone, and infer the end of what is missing then", async () => {
    const server = await startServer(["a1", "b2"]);
    const { lists, open, events } = watching(server);
    await lists("a1", "b2");
    await open();
    server.endWatches("break");
    server.remove(SESSIONS, "a1");
    server.put(SESSIONS, object("c3"));
    server.compact();
    await lists("b2", "c3");
    expect(events.slice(2).sort()).toEqual([`inferred ${idOf("a1")}`, `start ${idOf("c3")}`]);
  });

  // An API server over an older etcd sends no bookmark for a kind that does not change.
  it("show by their end that a kind without changes is up to date", async () => {
    const server = await startServer(["a1"]);
    const { lists, open, until, observations } = watching(server);
    await lists("a1");
    await open();
    server.endWatches();
    await until(() => observations.filter(({ type }) => type === "current").length >= 3);
    expect(listCalls(server)).toHaveLength(1);
  });

  it("continue after a bookmark from its version", async () => {
    const server = await startServer(["a1"]);
    const { lists, open, until, observations, sessions } = watching(server);
    await lists("a1");
    await open();
    const before = sessions.view().observedAt ?? 0;
    // Other kinds move the version on. Without the bookmark, this kind's watch would be from before the compaction.
    server.put("/api/v1/namespaces/default/secrets", { metadata: { name: "other" } });
    server.bookmark();
    await until(() => observations.filter(({ type }) => type === "current").length === 3);
    expect(sessions.view().observedAt).toBeGreaterThanOrEqual(before);
    server.compact();
    server.endWatches();
    server.put(SESSIONS, object("b2"));
    await lists("a1", "b2");
    expect(listCalls(server)).toHaveLength(1);
    expect(watchCalls(server).every(({ query }) => query.get("allowWatchBookmarks") === "true")).toBe(true);
  });

  it("open a watch anew that sends nothing", async () => {
    const server = await startServer(["a1"]);
    const { until, told } = watching(server, { waits: { silenceMs: 10 } });
    await until(() => watchCalls(server).length > 2);
    expect(listCalls(server)).toHaveLength(1);
    expect(told).toEqual([]);
  });

  it("find a kind that is installed later, and count it as empty until then", async () => {
    const server = await startServer([], { installed: [] });
    const { lists, told } = watching(server);
    await lists();
    server.install(RESOURCE);
    server.put(SESSIONS, object("a1"));
    await lists("a1");
    expect(told).toEqual([]);
  });

  it("keep the last known sessions while rights are missing, and say so once", async () => {
    const server = await startServer(["a1"]);
    const { lists, open, until, live, told, sessions, observations } = watching(server);
    await lists("a1");
    await open();
    server.setRule(({ path }) =>
      path === SESSIONS ? refusal(403, "Forbidden", "mirrordclustersessions is forbidden") : undefined,
    );
    server.endWatches();
    const lost = () => observations.filter(({ type }) => type === "lost").length;
    await until(() => lost() > 3);
    expect(live()).toEqual(idsOf("a1"));
    const { observedAt = 0 } = sessions.view();
    expect(observedAt).toBeLessThanOrEqual(observations.find(({ type }) => type === "lost")?.at ?? 0);
    server.remove(SESSIONS, "a1");
    server.setRule(undefined);
    await lists();
    const text =
      "MirrordClusterSession objects cannot be read: 403 Forbidden mirrordclustersessions is forbidden. " +
      "Grant get, list and watch on mirrordclustersessions.mirrord.metalbear.co. The last known sessions are kept.";
    expect(told).toEqual([text, `Over: ${text}`]);
  });

  it("say once for all kinds that the API server is away, and lose nothing", async () => {
    const server = await startServer(["a1"]);
    const { lists, open, until, live, told, observations } = watching(server);
    await lists("a1");
    await open();
    server.setRule(() => Promise.reject(new Error("away")));
    server.endWatches("break");
    await until(() => observations.filter(({ type }) => type === "lost").length > 9);
    expect(live()).toEqual(idsOf("a1"));
    server.put(SESSIONS, object("b2"));
    server.setRule(undefined);
    await lists("a1", "b2");
    expect(told).toHaveLength(2);
    expect(told[0]).toMatch(/^The Kubernetes API server cannot be reached: .*\. The last known sessions are kept\.$/);
    expect(told[1]).toMatch(/^Over: /);
  });

  it("treat a server that is slow as away", async () => {
    const server = await startServer(["a1"]);
    const slow = Promise.withResolvers<undefined>();
    server.setRule(() => slow.promise);
    const { lists, until, told } = watching(server, { timeoutMs: 20 });
    await until(() => told.length > 0);
    expect(told[0]).toContain("no answer within 0.02 s");
    server.setRule(undefined);
    slow.resolve(undefined);
    await lists("a1");
  });

  it.each([
    ["an answer that is no list", { status: 200, body: { hello: "world" } }],
    ["an answer that is no JSON", { status: 200, body: "<html>" }],
    ["a server error", refusal(500, "InternalError", "etcd is away")],
  ])("survive %s", async (_name, answer) => {
    const server = await startServer(["a1"]);
    server.setRule(
      once(
        (_query, path) => path === SESSIONS,
        () => answer,
      ),
    );
    const { lists, told } = watching(server);
    await lists("a1");
    expect(told).toHaveLength(2);
    expect(told[0]).toMatch(/^MirrordClusterSession objects cannot be read: (200|500) .*\. The agent retries\./);
  });

  it("do not count a pause as activity: what happened meanwhile has the time of its object", async () => {
    const server = await startServer(["a1"]);
    const { lists, open, until, observations } = watching(server, { waits: { lateGapMs: -1, lateMs: 5_000 } });
    await lists("a1");
    await open();
    server.endWatches("break");
    server.setStatus(SESSIONS, "a1", { connectedTimestamp: CREATED });
    await until(() => observations.some((one) => (one.type === "active" || one.type === "seen") && one.late === true));
  });

  it("take activity from lines that they do not parse", async () => {
    const server = await startServer(["a1"]);
    const { lists, open, until, observations, events } = watching(server);
    await lists("a1");
    await open();
    server.setStatus(SESSIONS, "a1", { connectedTimestamp: "2026-11-02T09:00:03Z", closed: null });
    server.setStatus(SESSIONS, "a1", { connectedTimestamp: "2026-11-02T09:00:06Z" });
    server.setStatus(SESSIONS, "a1", { closed: { reason: "Unused" } });
    await until(() => events.length === 2);
    const types = observations.flatMap((one) =>
      "kind" in one && one.kind === "MirrordClusterSession" ? [one.type] : [],
    );
    expect(types).toEqual(["listed", "active", "active", "seen"]);
  });
});
