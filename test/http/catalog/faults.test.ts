import { describe, expect, it } from "vitest";
import { StoreUnavailable, type Table } from "../../../shared/store/table.ts";
import { expectProblem } from "../../support/answers.ts";
import { BLOCK_STEAL, catalogAdmin, clusterAgent } from "../../support/catalog-admin.ts";
import { CLEAR, crashing, stormy } from "../../support/faulty-table.ts";
import type { Server } from "../../support/server.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";

/** That the revision, the entries, the history and the audit agree with each other. */
const expectSoundCatalog = async (server: Server): Promise<void> => {
  const items = await storedUnder(server, "CATALOG");
  const [revision] = items.filter(({ pk }) => pk === "CATALOG#REVISION");
  const entries = items.filter(({ pk }) => pk === "CATALOG");
  const history = items.filter(({ pk }) => pk === "CATALOG#HISTORY");
  const audit = (await storedUnder(server, "AUDIT#")).filter(({ action }) =>
    /^policy\.(created|replaced|deleted)$/.test(String(action)),
  );
  const live = entries.filter(({ deletedAt }) => deletedAt === undefined);
  expect(Number(revision?.["entries"] ?? 0)).toBe(live.length);
  expect(audit.map(({ kind, name, generation }) => `${kind}#${name}#${generation}`).toSorted()).toEqual(
    history.map(({ kind, name, generation }) => `${kind}#${name}#${generation}`).toSorted(),
  );
  for (const { kind, name, generation, etag } of entries) {
    const rows = history.filter((row) => row["kind"] === kind && row["name"] === name);
    expect(rows.map((row) => Number(row["generation"])).toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: Number(generation) }, (_unused, index) => index + 1),
    );
    expect(rows.find((row) => row["generation"] === generation)?.["etag"]).toBe(etag);
  }
};

describe("two admins at once", () => {
  const server = serverPerTest();
  const [ana, ben] = [catalogAdmin(server, "ana"), catalogAdmin(server, "ben")];
  const spec = (name: string) => ({ spec: { block: [], targetPath: `deploy/${name}` } });

  it("who replace one entry: one does, and the other gets a 412 with the first one's validator", async () => {
    for (let round = 0; round < 5; round += 1) {
      const { etag } = round === 0 ? (await ana.put()).json : (await ana.get()).json;
      const answers = await Promise.all([ana.put(spec(`ana-${round}`), etag), ben.put(spec(`ben-${round}`), etag)]);
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412]);
      const [won, lost] = answers.toSorted((one, other) => one.status - other.status);
      expect(lost?.headers["etag"]).toBe(won?.json.etag);
      expect((await ana.get()).json).toMatchObject({ etag: won?.json.etag, generation: round + 2 });
    }
    await expectSoundCatalog(server());
  });

  it("who create one entry: one does, and the other must say what it replaces", async () => {
    const answers = await Promise.all([ana.put(spec("ana")), ben.put(spec("ben"))]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 428]);
    await expectSoundCatalog(server());
  });

  it("who change different entries: both do", async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_unused, index) =>
        ana.call("PUT", `/MirrordClusterPolicy/p-${index}`, { body: { spec: BLOCK_STEAL } }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201));
    expect((await ana.call("GET", "")).json).toMatchObject({ revision: 8, next: null });
    await expectSoundCatalog(server());
  });

  it("where one deletes what the other replaces: one of them wins", async () => {
    const { etag } = (await ana.put()).json;
    const [removed, replaced] = await Promise.all([ana.remove(etag), ben.put(spec("ben"), etag)]);
    expect([`${removed.status} ${replaced.status}`]).toEqual([removed.status === 204 ? "204 412" : "412 200"]);
    await expectSoundCatalog(server());
  });
});

describe("a function that is killed", () => {
  const crash = crashing();
  const server = serverPerTest({ around: (table, name) => (name === "policies" ? crash.around(table) : table) });
  const admin = catalogAdmin(server);

  it.each([1, 2].flatMap((write) => (["before", "after"] as const).map((when) => [write, when] as const)))(
    "at write %i, right %s it, leaves a sound catalog, and the repeated request succeeds",
    async (write, when) => {
      crash.revive();
      const first = (await admin.put()).json;
      for (const request of [
        () => admin.put({ spec: { block: [] } }, first.etag),
        () =>
          admin.apply([
            { action: "put", kind: "MirrordClusterPolicy", name: "a", spec: BLOCK_STEAL },
            { action: "put", kind: "MirrordClusterPolicy", name: "b", spec: BLOCK_STEAL },
          ]),
        async () => admin.remove((await admin.get()).json?.etag),
      ]) {
        crash.killAt(write, when);
        await request();
        crash.revive();
        await expectSoundCatalog(server());
        const { status } = await request();
        expect([200, 204]).toContain(status);
        await expectSoundCatalog(server());
      }
      expect((await admin.call("GET", "")).json.entries.map(({ name }: { name: string }) => name)).toEqual(["a", "b"]);
    },
  );
});

describe("a table in bad weather", () => {
  let seed = 7;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const weather = stormy(random, CLEAR);
  const server = serverPerTest({ around: (table, name) => (name === "policies" ? weather.around(table) : table) });
  const admin = catalogAdmin(server);

  it("makes each change once, however often its request is repeated", async () => {
    weather.state.weather = { conflict: 0.3, before: 0.1, after: 0.2 };
    let etag: string | undefined;
    for (let round = 0; round < 12; round += 1) {
      const body = { spec: { block: [], targetPath: `deploy/${round}` } };
      let answer = await admin.put(body, etag);
      for (let tries = 0; answer.status === 503 && tries < 50; tries += 1) answer = await admin.put(body, etag);
      expect([200, 201]).toContain(answer.status);
      etag = answer.json.etag;
      expect(answer.json.generation).toBe(round + 1);
    }
    weather.state.weather = CLEAR;
    await expectSoundCatalog(server());
  });
});

describe("a throttled table", () => {
  let isThrottled = false;
  const throttled = (table: Table): Table => ({
    ...table,
    transact: async (writes) => (isThrottled ? { outcome: "conflict" } : table.transact(writes)),
    write: async (write) => {
      if (isThrottled) throw new StoreUnavailable("throttled");
      return table.write(write);
    },
  });
  const server = serverPerTest({ around: (table, name) => (name === "policies" ? throttled(table) : table) });
  const admin = catalogAdmin(server);

  it("gives a 503 that asks to come back, and reads go on", async () => {
    isThrottled = false;
    await admin.put();
    isThrottled = true;
    expectProblem(await admin.put({ spec: { block: [] } }, "*"), 503, "Unavailable");
    expect((await admin.get()).json.spec).toEqual(BLOCK_STEAL);
    isThrottled = false;
    expect((await admin.put({ spec: { block: [] } }, "*")).status).toBe(200);
    await expectSoundCatalog(server());
  });
});

describe("a reader during changes", () => {
  const server = serverPerTest();
  const admin = catalogAdmin(server);
  const agent = clusterAgent(server, "1f2e");

  it("sees the catalog of one revision: both entries of a transaction or none", async () => {
    await agent.register("dev-eu");
    const both = (round: number) =>
      ["a", "b"].map((name) => ({
        action: "put",
        kind: "MirrordClusterPolicy",
        name,
        spec: { block: [], targetPath: `deploy/${round}` },
        if_match: "*",
      }));
    await admin.apply(both(0).map(({ if_match: _, ...change }) => change));
    const sets: { entries: { spec: { targetPath: string } }[] }[] = [];
    for (let round = 1; round <= 5; round += 1) {
      const [, ...seen] = await Promise.all([admin.apply(both(round)), agent.fetch(), agent.fetch(), agent.fetch()]);
      sets.push(...seen.filter(({ status }) => status === 200).map(({ json }) => json));
    }
    expect(sets.length).toBeGreaterThan(5);
    for (const { entries } of sets) expect(new Set(entries.map(({ spec }) => spec.targetPath)).size).toBe(1);
  });
});
