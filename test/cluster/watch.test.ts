import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { isOfSessions, startCluster, until, type Watching, watch } from "./support.ts";

let cluster: Awaited<ReturnType<typeof startCluster>>;
let watching: Watching | undefined;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(async () => cluster?.stop());

afterEach(async () => {
  await watching?.stop();
  watching = undefined;
  await cluster.clear();
});

const createAll = async (...names: string[]): Promise<void> => {
  for (const name of names) await cluster.createSession(name);
};

/** Makes etcd forget everything before now. */
const forgetThePast = async (): Promise<void> => {
  // The compacted revision must be later than the one that the watch or list continues from.
  await createAll("f0");
  await cluster.deleteSession("f0");
  await cluster.compact();
};

// A new process has an empty cache, so it cannot serve the old version from there either.
const restart = async (): Promise<void> => {
  await cluster.apiServer.stop("SIGKILL");
  await cluster.apiServer.start();
};

describe("a list from a real API server", () => {
  it("is complete with one object on a page", async () => {
    await createAll("a1", "a2", "a3", "a4", "a5");
    watching = await watch(cluster, { pageSize: 1 });
    await watching.untilLive("a1", "a2", "a3", "a4", "a5");
    expect(watching.lists()).toBe(1);
  });

  it("misses no change that happens while it is read", async () => {
    await createAll("a1", "a2", "a3");
    watching = await watch(cluster, {
      pageSize: 1,
      hooks: {
        beforePage: async (page) => {
          if (page !== 2) return;
          await cluster.closeSession("a1");
          await cluster.deleteSession("a3");
          await cluster.createSession("a0");
        },
      },
    });
    await watching.untilLive("a0", "a2");
    expect(watching.lists()).toBe(1);
  });

  it("begins again when its continue token has expired", async () => {
    await createAll("a1", "a2", "a3");
    let pages = 0;
    watching = await watch(cluster, {
      pageSize: 1,
      hooks: {
        beforePage: async (page) => {
          pages = page;
          if (page !== 2) return;
          await forgetThePast();
          await restart();
        },
      },
    });
    await watching.untilLive("a1", "a2", "a3");
    // The first page, the expired one, and the three pages of the second list.
    expect(pages).toBe(5);
    expect(watching.lists()).toBe(1);
  });
});

describe("a watch of a real API server", () => {
  it("lists anew after 410, and sees what happened meanwhile", async () => {
    await createAll("a1", "a2");
    watching = await watch(cluster, {
      hooks: {
        beforeWatch: async (number) => {
          if (number !== 1) return;
          await cluster.deleteSession("a1");
          await cluster.createSession("a3");
          await forgetThePast();
          await restart();
        },
      },
    });
    await watching.untilLive("a2", "a3");
    expect(watching.lists()).toBe(2);
  });

  it("continues after a dropped connection without a new list", async () => {
    await createAll("a1");
    let breakConnection = (): void => {};
    let watches = 0;
    watching = await watch(cluster, {
      hooks: {
        beforeWatch: async (number) => {
          watches = number;
          if (number === 2) await createAll("a2");
        },
        onWatch: (breakIt) => {
          breakConnection = breakIt;
        },
      },
    });
    await until(() => watches === 1);
    await createAll("a3");
    await watching.untilLive("a1", "a3");
    breakConnection();
    await watching.untilLive("a1", "a2", "a3");
    expect(watching.lists()).toBe(1);
  });

  it("continues after the API server was killed", async () => {
    await createAll("a1");
    watching = await watch(cluster);
    await watching.untilLive("a1");
    await cluster.apiServer.stop("SIGKILL");
    await until(() => watching?.troubles.has("api-server") === true);
    expect(watching.live()).toEqual(["a1"]);
    await cluster.apiServer.start();
    await createAll("a2");
    await watching.untilLive("a1", "a2");
    await until(() => watching?.troubles.size === 0);
  });

  it("is up to date with a bookmark, and the next watch continues from there without a new list", async () => {
    await createAll("a1");
    // The API server sends a bookmark two seconds before the end of a watch, if its kind has changed meanwhile.
    watching = await watch(cluster, { waits: { openMs: 5_000 } });
    await watching.untilLive("a1");
    await createAll("a2");
    const bookmark = () => watching?.observations.find(({ type, ...rest }) => type === "current" && isOfSessions(rest));
    await until(() => bookmark() !== undefined);
    await until(() => (watching?.observedAt() ?? 0) >= (bookmark()?.at ?? Number.POSITIVE_INFINITY));
    await forgetThePast();
    await createAll("a3");
    await watching.untilLive("a1", "a2", "a3");
    expect(watching.lists()).toBe(1);
  });

  // An API server over an older etcd sends no bookmark for a kind that does not change.
  it("stays up to date with a kind that does not change", async () => {
    watching = await watch(cluster, { waits: { openMs: 1_000 } });
    await watching.untilLive();
    const first = watching.observedAt() ?? 0;
    await until(() => (watching?.observedAt() ?? 0) > first + 1_000);
    expect(watching.lists()).toBe(1);
  });

  it("keeps what it knows when its rights are taken away, and says which right is missing", async () => {
    await createAll("a1");
    watching = await watch(cluster, { waits: { openMs: 1_000 } });
    await watching.untilLive("a1");
    await cluster.revoke();
    await until(() => watching?.troubles.has("watch MirrordClusterSession") === true);
    expect(watching.troubles.get("watch MirrordClusterSession")).toMatch(/403 Forbidden.*Grant .*list and watch/s);
    expect(watching.live()).toEqual(["a1"]);
    await createAll("a2");
    await cluster.grant();
    await watching.untilLive("a1", "a2");
    await until(() => watching?.troubles.size === 0);
  });

  // The last test, because the definition stays.
  it("finds a kind whose definition appears later", async () => {
    watching = await watch(cluster);
    await until(() => watching?.observations.some(({ type }) => type === "missing") === true);
    await watching.untilLive();
    await cluster.installPreviews();
    await cluster.admin.expect(
      "POST",
      "/apis/preview.mirrord.metalbear.co/v1alpha/namespaces/default/previewsessions",
      {
        apiVersion: "preview.mirrord.metalbear.co/v1alpha",
        kind: "PreviewSession",
        metadata: { name: "preview-session-api-1" },
        spec: { image: "app:1", key: "key", target: {}, ttlSecs: 600 },
      },
    );
    const patch = { status: { phase: "Ready", startedAt: new Date().toISOString() } };
    await cluster.admin.expect(
      "PATCH",
      "/apis/preview.mirrord.metalbear.co/v1alpha/namespaces/default/previewsessions/preview-session-api-1/status",
      patch,
      { contentType: "application/merge-patch+json" },
    );
    await watching.untilLive("preview");
  });
});
