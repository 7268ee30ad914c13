import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, describe, expect, it } from "vitest";
import { ITEM_VERSION, userKey } from "../../../shared/contract/keys.ts";
import { backfill } from "../../../shared/data-care/backfill.ts";
import { type Erasure, erasePerson } from "../../../shared/data-care/erasure/erase.ts";
import { identifiers } from "../../../shared/data-care/erasure/person.ts";
import { type Survey, surveyPerson } from "../../../shared/data-care/erasure/survey.ts";
import type { Item, Table } from "../../../shared/store/table.ts";
import { type App, createApp, START } from "../../support/app.ts";
import { careDeps, DAY, historyRow, RETENTION_DAYS, type Told, verifyAll } from "../../support/data-care.ts";
import { firstPlace, strideOf } from "../../support/deep.ts";
import { crashing } from "../../support/faulty-table.ts";
import { storedItems } from "../../support/stored.ts";
import { expectSoundTable } from "../../support/table-truth.ts";

const opened: App[] = [];
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close();
});

const ANN = { user: "ann@example.com", machine: "machine-of-ann", host: "anns-laptop", name: "ann" };
const BOB = { user: "bob@example.com", machine: "machine-of-bob", host: "bobs-laptop", name: "root" };
/** Ann on a machine that Bob uses, too. */
const ANN_AS_ROOT = { ...ANN, name: "root" };

const ANNS = [ANN.user, ANN.machine, ANN.host, '"ann"', "ann/feature", "ann-key"];
const asked = identifiers({ kubernetesUsername: [ANN.user] });

const open = async (terms: Record<string, unknown> = { max_seats: 1 }): Promise<App> => {
  const app = await createApp({ env: { RETENTION_SESSIONS_DAYS: String(RETENTION_DAYS) } });
  opened.push(app);
  await app.setLicense(terms, { notBefore: START - 100 * DAY });
  await app.call("POST", "/api/v1/license", { body: { instance_id: "op", operator_version: "3.1.0" } });
  return app;
};

const startBody = (told: Omit<Told, "start" | "seconds">, at: number) => {
  const { ended_at: _, ...start } = historyRow(1, { ...told, start: at, seconds: 1 }).value as { ended_at: string };
  return { ...start, instance_id: "op", branch: "ann/feature", key: "ann-key" };
};

const begin = (app: App, id: string, who: Omit<Told, "start" | "seconds">) =>
  app.call("POST", "/api/v1/sessions", { body: startBody({ ...who, id }, app.clock.now - 60_000) });
const end = (app: App, id: string) =>
  app.call("POST", `/api/v1/sessions/${id}/end`, { body: { ended_at: new Date(app.clock.now).toISOString() } });

const POLICY = "/api/v1/catalog/MirrordClusterPolicy/no-steal";

/** Sessions of the past, and today a seat, a denial, a policy, audit rows of both of them and their first days. */
const filled = async (sessions = 60): Promise<App> => {
  const app = await open();
  const people = [ANN, BOB, ANN_AS_ROOT, BOB];
  const rows = Array.from({ length: sessions }, (_, index) =>
    historyRow(index, {
      ...(people[index % people.length] ?? ANN),
      id: `h-${index}`,
      target: `target-${index % 2}`,
      start: START - 45 * DAY + Math.floor(index / 6) * 4 * DAY + index * 1_000,
      seconds: 60 + index,
    }),
  );
  await backfill(careDeps(app), rows, () => undefined);
  // A seat of a period that is over, and one of this.
  app.clock.now = START - 40 * DAY;
  await begin(app, "then", ANN);
  await end(app, "then");
  app.clock.now = START;
  expect((await begin(app, "now", ANN)).status).toBe(201);
  expect((await begin(app, "no-seat", BOB)).status).toBe(403);
  await end(app, "now");
  // An admin, too: she released a seat, and had it back.
  const token = await app.accessToken(["seats:read", "seats:delete"], ANN.user);
  const { json } = await app.call("GET", "/api/v1/seats", { bearer: token });
  await app.call("DELETE", `/api/v1/seats/${json.seats[0].id}`, { bearer: token });
  // And she made a policy.
  const bearer = await app.accessToken(["policies:write"], ANN.user);
  const policy = { spec: { block: ["steal"] } };
  expect((await app.call("PUT", POLICY, { bearer, body: policy })).status).toBe(201);
  await begin(app, "again", ANN);
  await end(app, "again");
  for (const [kind, identity] of [
    ["machine", ANN.machine],
    ["machine", BOB.machine],
    ["kubernetes", ANN.user],
    ["kubernetes", BOB.user],
  ] as const)
    await app.table.write({
      kind: "put",
      item: { ...userKey(kind, identity), v: ITEM_VERSION, firstDay: "2026-09-26" },
    });
  return app;
};

const erase = async (app: App, table?: Table): Promise<{ survey: Survey; erasure: Erasure }> => {
  const deps = careDeps(app, table);
  const survey = await surveyPerson(deps.scan, asked, app.clock.now);
  return { survey, erasure: await erasePerson(deps, asked, survey, () => undefined) };
};

const tracesIn = (items: readonly Item[]): string[] =>
  items.flatMap((item) =>
    ANNS.filter((trace) => JSON.stringify(item).includes(trace)).map(
      (trace) => `${trace} in ${item["pk"]} ${item["sk"]}`,
    ),
  );

const denials = async (app: App): Promise<unknown> => {
  const from = new Date(START - 60 * DAY).toISOString();
  const { json } = await app.call("GET", `/api/v1/reports/denials?from=${from}`);
  return { ...json, entries: json.entries.length };
};

/** The reports by every key, with the names of people taken out: what has to stay. */
const figures = async (app: App): Promise<unknown> =>
  Promise.all(
    ["machine_id", "username", "client_username", "client_hostname"].map(async (key) => {
      const { json, status } = await app.call("GET", `/api/v1/reports/usage?format=json&primary_key=${key}`);
      expect(status).toBe(200);
      const anonymous = (row: Record<string, unknown>) =>
        JSON.stringify({ ...row, identifier: null, displayName: null, machine: null, user: null });
      return {
        general: json.generalMetrics,
        all: json.allTimeMetrics,
        users: json.userMetrics.map(anonymous).sort(),
        targets: json.targetMetrics,
      };
    }),
  );

const pseudonymsIn = (items: readonly Item[]): Set<string> =>
  new Set(items.flatMap((item) => JSON.stringify(item).match(/erased-[\w-]{22}/g) ?? []));

describe("erasing a person", () => {
  it("removes what a CI run says of them: as its trigger, in labels, on any machine", async () => {
    const app = await open();
    const runner = { user: "bot@example.com", machine: "machine-of-bot", host: "runner", name: "bot" };
    const rows = [0, 1, 2].map((index) =>
      historyRow(index, {
        ...(index === 2 ? ANN : runner),
        id: `h-${index}`,
        trigger: index === 1 ? "push" : ANN.user,
        start: START - 10 * DAY,
        seconds: 60,
      }),
    );
    await backfill(careDeps(app), rows, () => undefined);
    const { erasure } = await erase(app);
    expect(erasure).toMatchObject({ live: 0, left: [], erased: { session: 2 } });
    const items = await storedItems(app);
    expect(tracesIn(items)).toEqual([]);
    const triggers = items.filter(({ sk }) => String(sk).startsWith("ROLLUP#")).map(({ trigger }) => trigger);
    expect(triggers.sort()).toEqual(["", "", "", "", "push", "push"]);
    await expectSoundTable(app);
  });

  it("leaves no trace of them anywhere, and every figure of the reports as it was", async () => {
    const app = await filled();
    const [before, refused] = [await figures(app), await denials(app)];
    const { survey, erasure } = await erase(app);
    expect(survey.items).toMatchObject({ session: 33, seat: 2, user: 1 });
    expect(survey.shared.clientUsername).toEqual(new Set(["root"]));
    expect(erasure).toMatchObject({ live: 0, left: [] });
    const items = await storedItems(app);
    expect(tracesIn(items)).toEqual([]);
    expect(items.filter(({ sk }) => String(sk).startsWith("ERASURE#"))).toEqual([]);
    expect(await figures(app)).toEqual(before);
    expect(await denials(app)).toEqual(refused);
    // One pseudonym for each of her four identifiers, seats and first days included.
    expect(pseudonymsIn(items).size).toBe(4);
    await expectSoundTable(app);
    expect(await verifyAll(app)).toEqual([]);
  });

  it("does nothing the second time", async () => {
    const app = await filled();
    await erase(app);
    const before = await storedItems(app);
    const { survey, erasure } = await erase(app);
    expect(survey.items).toEqual({});
    expect(erasure).toEqual({ erased: {}, live: 0, left: [] });
    expect(await storedItems(app)).toEqual(before);
  });

  it("leaves the seat of the current period theirs", async () => {
    const app = await filled();
    await erase(app);
    expect((await begin(app, "later", ANN)).status).toBe(201);
    expect((await begin(app, "other", BOB)).status).toBe(403);
    await expectSoundTable(app);
  });

  it("tells of live sessions, and is done when it is run after their end", async () => {
    const app = await filled();
    await begin(app, "running", ANN);
    const { erasure } = await erase(app);
    expect(erasure).toMatchObject({ live: 1, left: [] });
    const isOpen = ({ pk, sk }: Item) => pk === "SESSION#running" || String(sk).startsWith("ERASURE#");
    expect(tracesIn((await storedItems(app)).filter((item) => !isOpen(item)))).toEqual([]);
    await expectSoundTable(app);
    await end(app, "running");
    expect((await erase(app)).erasure).toMatchObject({ live: 0, left: [] });
    expect(tracesIn(await storedItems(app))).toEqual([]);
    expect(pseudonymsIn(await storedItems(app)).size).toBe(4);
    await expectSoundTable(app);
  });

  it("moves the rollups of days whose sessions are gone, whole months at once", async () => {
    const app = await filled();
    const before = await figures(app);
    // The first days pass out of retention, and their sessions are cleaned up.
    app.clock.now = START + (RETENTION_DAYS - 20) * DAY;
    const horizon = app.clock.now - (RETENTION_DAYS - 1) * DAY;
    for (const item of await storedItems(app))
      if (String(item["pk"]).startsWith("SESSION#") && Date.parse(String(item["endedAt"])) < horizon)
        await app.client.send(new DeleteCommand({ TableName: app.tableName, Key: { pk: item["pk"], sk: item["sk"] } }));
    expect((await erase(app)).erasure).toMatchObject({ live: 0, left: [] });
    expect(tracesIn(await storedItems(app))).toEqual([]);
    expect(await verifyAll(app)).toEqual([]);
    app.clock.now = START;
    expect(await figures(app)).toEqual(before);
  });

  it("killed at any write and run again, ends as if it had not been", async () => {
    const table = crashing();
    const stride = strideOf(38);
    for (let write = firstPlace(stride); ; write += stride) {
      const app = await filled(8);
      const before = await figures(app);
      table.killAt(write, write % 2 === 1 ? "before" : "after");
      await erase(app, table.around(app.table)).catch(() => undefined);
      const wasKilled = table.killed();
      table.revive();
      await expectSoundTable(app);
      expect((await erase(app)).erasure).toMatchObject({ live: 0, left: [] });
      const items = await storedItems(app);
      expect(tracesIn(items)).toEqual([]);
      expect(pseudonymsIn(items).size).toBe(4);
      expect(await figures(app)).toEqual(before);
      await expectSoundTable(app);
      await app.close();
      opened.pop();
      if (!wasKilled) {
        expect(write).toBeGreaterThan(firstPlace(stride));
        break;
      }
    }
  });

  it("takes two people for two, though they shared a machine", async () => {
    const app = await open({ max_seats: null });
    const rows = [ANN, { ...BOB, machine: ANN.machine }].map((who, index) =>
      historyRow(index, { ...who, id: `h-${index}`, start: START - DAY, seconds: 60 }),
    );
    await backfill(careDeps(app), rows, () => undefined);
    const before = await figures(app);
    const { survey } = await erase(app);
    expect(survey.shared.machineId).toEqual(new Set([ANN.machine]));
    expect(await figures(app)).toEqual(before);
    await expectSoundTable(app);
  });
});
