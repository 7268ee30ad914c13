import * as v from "valibot";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EVENT_FILTERS } from "../../../shared/contract/event-items.ts";
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { backfill } from "../../../shared/data-care/backfill.ts";
import { erasePerson } from "../../../shared/data-care/erasure/erase.ts";
import { identifiers } from "../../../shared/data-care/erasure/person.ts";
import { surveyPerson } from "../../../shared/data-care/erasure/survey.ts";
import { EVENT_SCHEMAS, type ServerEvent } from "../../../shared/events/schemas.ts";
import { type App, createApp, START } from "../../support/app.ts";
import { careDeps, historyRow } from "../../support/data-care.ts";
import { isTaken, streaming, streamRecord } from "../../support/streaming-table.ts";
import { clientOf, endBody, heartbeatBody, type Json, licenseBody, startBody } from "../../support/wire.ts";

const GONE_MS = 49 * HOUR_MS;
const BRANCH = "my-branch-KEY-123-latest";

let app: App;
let stream: ReturnType<typeof streaming>;
let taken = 0;
let seq = 0;

const open = async (env: Record<string, string> = {}): Promise<void> => {
  stream = streaming(() => app.clock.now);
  taken = 0;
  seq = 0;
  app = await createApp({
    around: stream.around,
    env,
    terms: { type: "teams", max_seats: 2, subscription_id: "acme" },
  });
};

beforeEach(() => open());
afterEach(() => app.close());

/** The events of what happened since this was asked last, as the pipe would carry them. */
const events = async (): Promise<ServerEvent[]> => {
  const records = stream.changes.slice(taken).map(streamRecord);
  taken = stream.changes.length;
  const carried = records.filter((record) => EVENT_FILTERS.some((filter) => isTaken(record, filter)));
  const made = await app.invokeEvents(carried);
  // What the filters leave out would have made no event either.
  expect(await app.invokeEvents(records)).toEqual(made);
  for (const event of made) v.parse(EVENT_SCHEMAS[event.type], event);
  return made;
};
const types = async (): Promise<string[]> => (await events()).map(({ type }) => type);

const post = async (path: string, body: Json): Promise<number> => (await app.call("POST", path, { body })).status;
const start = (id: string, user: string, changes: Json = {}) =>
  startBody(app.clock.now, { session_id: id, client: clientOf(user), ...changes });
const starts = (id: string, user: string, changes: Json = {}) => post("/api/v1/sessions", start(id, user, changes));
const ends = (id: string, changes: Json = {}) => post(`/api/v1/sessions/${id}/end`, endBody(app.clock.now, changes));
const beats = (sessions: readonly string[], changes: Json = {}) => {
  seq += 1;
  return post("/api/v1/heartbeat", heartbeatBody(app.clock.now, { seq, sessions, cluster_name: "eu", ...changes }));
};

describe("a session's events", () => {
  it("are that it started, with the seat its user claimed, and that it ended, with its issue and duration", async () => {
    await starts("s-1", "ana", { branch: BRANCH, key: "fix" });
    app.clock.now += 90_500;
    await ends("s-1", { reason: "user" });
    const made = await events();
    expect(made.map(({ type }) => type).sort()).toEqual(["seat.claimed", "session.ended", "session.started"]);
    expect(made.find(({ type }) => type === "session.started")).toMatchObject({
      session_id: "s-1",
      instance_id: "op-1",
      started_at: formatTime(START),
      key: "fix",
      branch: BRANCH,
      issue_key: "KEY-123",
      client: { id: "SHA256:ana", kubernetes_username: "ana@example.com", cli_version: null },
      target: { namespace: "shop", kind: "deployment", name: "checkout", container: null },
      resumed: false,
      denied_code: null,
    });
    expect(made.find(({ type }) => type === "session.ended")).toMatchObject({
      session_id: "s-1",
      ended_at: formatTime(START + 90_500),
      duration_secs: 90,
      outcome: "ended",
      reason: "user",
      issue_key: "KEY-123",
      corrects_lost: false,
    });
    expect(made.find(({ type }) => type === "seat.claimed")).toMatchObject({ session_id: "s-1", overage: false });
  });

  it("are none for a repeated start or end, a heartbeat, changed ports, or a request to stop it", async () => {
    await starts("s-1", "ana");
    await events();
    await starts("s-1", "ana");
    app.clock.now += MINUTE_MS;
    await beats(["s-1"], { changed: [{ session_id: "s-1", locked_ports: [{ port: 80, kind: "steal" }] }] });
    const bearer = await app.accessToken(["sessions:delete"]);
    expect((await app.call("DELETE", "/api/v1/sessions/s-1", { bearer })).status).toBe(202);
    expect(stream.changes.length).toBeGreaterThan(taken);
    expect(await types()).toEqual([]);
    await ends("s-1");
    expect(await types()).toEqual(["session.ended"]);
    expect(await ends("s-1")).toBe(200);
    expect(await types()).toEqual([]);
  });

  it("are its end alone where its start came with it", async () => {
    expect(await ends("s-9", { start: start("s-9", "ana") })).toBe(200);
    expect(await types()).toEqual(["session.ended"]);
  });

  it("say that it is lost, and later either that it goes on or how it really ended", async () => {
    await beats(["back", "gone"], {
      started: [start("back", "ana", { ci: true }), start("gone", "ana", { ci: true })],
    });
    expect(await types()).toEqual(["session.started", "session.started"]);
    app.clock.now += GONE_MS;
    await app.invoke("reaper");
    const lost = await events();
    expect(lost.map(({ type }) => type).sort()).toEqual(["operator.lost", "session.ended", "session.ended"]);
    expect(lost.filter(({ type }) => type === "session.ended")).toMatchObject(
      Array(2).fill({ outcome: "lost", reason: "lost", corrects_lost: false }),
    );
    await ends("gone");
    expect(await events()).toMatchObject([
      { type: "session.ended", session_id: "gone", outcome: "ended", corrects_lost: true },
    ]);
    await beats(["back"]);
    expect(await events()).toMatchObject([{ type: "session.started", session_id: "back", resumed: true }]);
  });
});

describe("the events of seats", () => {
  it("tell of each claim and refusal, and of 80 % and 100 % of the book once", async () => {
    await starts("a-1", "ana");
    await starts("b-1", "ben");
    await starts("e-1", "eve");
    await starts("e-1", "eve");
    await events();
    for (let hours = 0; hours < 3; hours += 1) {
      await app.invoke("watch");
      app.clock.now += HOUR_MS;
      await beats(["a-1", "b-1"]);
    }
    expect(await events()).toMatchObject(
      [80, 100].map((percent) => ({ type: "seats.threshold", percent, used: 2, max: 2, license: "acme" })),
    );
    expect(app.notifications.map(({ subject }) => subject)).toEqual([
      "mirrord seats: all in use",
      "mirrord seats: sessions refused on 2026-11-10",
    ]);
  });

  it("tell of one refusal, however often the same session asks", async () => {
    for (const user of ["ana", "ben"]) await starts(`${user}-1`, user);
    await events();
    for (let times = 0; times < 3; times += 1) expect(await starts("e-1", "eve")).toBe(403);
    expect(await events()).toMatchObject([
      { type: "seat.denied", session_id: "e-1", kubernetes_username: "eve@example.com", client_hostname: "eve-laptop" },
    ]);
  });

  it("say who changed which policy, and whom it refused, once each", async () => {
    const bearer = await app.accessToken(["policies:write"], "ana@example.com");
    const path = "/api/v1/catalog/MirrordPolicy/no-steal?namespace=shop";
    const put = async (block: string[], headers: Record<string, string> = {}) =>
      (await app.call("PUT", path, { bearer, headers, body: { spec: { block } } })).json;
    const { etag } = await put(["steal"]);
    await put(["steal"]);
    const policy_facts = { operator_semantics: "target", features: ["steal"], copy_target: false };
    for (let times = 0; times < 2; times += 1) expect(await starts("e-1", "eve", { policy_facts })).toBe(403);
    const replaced = await put([], { "if-match": etag });
    const deleted = await app.call("DELETE", path, { bearer, headers: { "if-match": replaced.etag } });
    expect(deleted.status).toBe(204);
    const named = { kind: "MirrordPolicy", name: "no-steal", namespace: "shop", changed_by: "ana@example.com" };
    expect(await events()).toMatchObject([
      { type: "policy.changed", ...named, change: "created", generation: 1, revision: 1 },
      { type: "policy.refused", session_id: "e-1", policies: ["MirrordPolicy shop/no-steal"] },
      { type: "policy.changed", ...named, change: "replaced", generation: 2, revision: 2 },
      { type: "policy.changed", ...named, change: "deleted", generation: 3, revision: 3 },
    ]);
  });

  it("mark a claim beyond the maximum as overage", async () => {
    await app.setLicense({ type: "enterprise", max_seats: 1, subscription_id: "big" });
    app.clock.now += 2 * MINUTE_MS;
    for (const user of ["ana", "ben"]) await starts(`${user}-1`, user);
    const claims = (await events()).filter(({ type }) => type === "seat.claimed");
    expect(claims).toMatchObject([{ overage: false }, { overage: true }]);
  });
});

describe("the events of the license", () => {
  it("tell of a swap, and of its end as it comes near and once it has come", async () => {
    await post("/api/v1/license", licenseBody());
    expect(await types()).toEqual([]);
    const notAfter = START + 20 * DAY_MS;
    await app.setLicense({ max_seats: 5, subscription_id: "acme" }, { notAfter });
    app.clock.now += 2 * MINUTE_MS;
    await app.invoke("watch");
    const [changed, expiring, ...others] = (await events()).filter(({ type }) => type.startsWith("license"));
    expect(changed).toMatchObject({ type: "license.changed", license: "acme" });
    expect(expiring).toMatchObject({ days_left: 20, status: "expiring", expires_at: formatTime(notAfter) });
    expect(others).toEqual([]);
    app.clock.now = notAfter;
    await app.invoke("watch");
    expect((await events()).filter(({ type }) => type === "license.expiring")).toMatchObject([
      { days_left: 0, status: "expired" },
    ]);
  });
});

describe("the events of operators", () => {
  it("tell that one is stale, once for each silence, and that it is lost", async () => {
    await post("/api/v1/license", licenseBody({ cluster_name: "eu" }));
    await beats([]);
    expect(await types()).toEqual([]);
    app.clock.now += 10 * MINUTE_MS;
    for (let looks = 0; looks < 2; looks += 1) await app.invoke("watch");
    expect(await events()).toMatchObject([
      {
        type: "operator.stale",
        instance_id: "op-1",
        cluster: "eu",
        live_sessions: 0,
        last_heartbeat: formatTime(START),
      },
    ]);
    await beats([]);
    app.clock.now += 10 * MINUTE_MS;
    await app.invoke("watch");
    expect(await types()).toEqual(["operator.stale"]);
    app.clock.now += GONE_MS;
    for (let runs = 0; runs < 2; runs += 1) await app.invoke("reaper");
    await app.invoke("watch");
    expect((await events()).filter(({ type }) => type.startsWith("operator"))).toMatchObject([
      { type: "operator.lost", instance_id: "op-1", cluster: "eu" },
    ]);
  });
});

describe("an event", () => {
  it("is the same in every delivery, and carries its record's id, time and place among those of its item", async () => {
    await starts("s-1", "ana", { ci: true });
    const records = stream.changes.map(streamRecord);
    const [once, again] = [await app.invokeEvents(records), await app.invokeEvents(records)];
    expect(again).toEqual(once);
    expect(new Set(once.map(({ id }) => id)).size).toBe(once.length);
    expect(once[0]).toMatchObject({ id: expect.stringMatching(/^record-/), time: formatTime(START), version: 1 });
    // AWS shows the record's time in both ways; were one of them refused, every record would be.
    const inText = records.map(({ dynamodb, ...others }) => ({
      ...others,
      dynamodb: { ...dynamodb, ApproximateCreationDateTime: `${dynamodb.ApproximateCreationDateTime}.0` },
    }));
    expect(await app.invokeEvents(inText)).toEqual(once);
  });

  it("carries pseudonyms where names are not to be shown, no branch, and the same ones as the lists", async () => {
    await app.close();
    await open({ PSEUDONYMS_ONLY: "true" });
    await starts("s-1", "ana", { branch: "ana/KEY-7" });
    for (const user of ["ben", "eve"]) await starts(`s-${user.length}-${user}`, user);
    await ends("s-1");
    const made = await events();
    expect(made.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["seat.claimed", "seat.denied", "session.ended"]),
    );
    const text = JSON.stringify(made.map((event) => ({ ...event, session_id: "" })));
    expect(text).not.toMatch(/ana|ben\b|eve|laptop|SHA256/);
    expect(made.find(({ type }) => type === "session.ended")).toMatchObject({ branch: null, issue_key: "KEY-7" });
    const { json } = await app.call("GET", "/api/v1/seats");
    const seats = made.flatMap((event) => (event.type === "seat.claimed" ? [event.kubernetes_username] : []));
    expect(seats.sort()).toEqual(
      json.seats.map(({ kubernetes_username }: { kubernetes_username: string }) => kubernetes_username).sort(),
    );
  });

  it("is made neither of a person's erasure nor of history that is brought in", async () => {
    await starts("s-1", "ana");
    await beats(["s-1"]);
    app.clock.now += HOUR_MS;
    await ends("s-1");
    await events();
    const [deps, asked] = [careDeps(app), identifiers({ kubernetesUsername: ["ana@example.com"] })];
    const { erased, live } = await erasePerson(
      deps,
      asked,
      await surveyPerson(deps.scan, asked, app.clock.now),
      () => undefined,
    );
    expect([live, Object.keys(erased)]).toEqual([0, expect.arrayContaining(["session", "seat", "audit"])]);
    const row = historyRow(1, { start: START - 5 * DAY_MS, seconds: 60 });
    const ofOperator = { line: 2, value: { ...(row.value as Json), instance_id: "op-1", session_id: "before" } };
    expect(await backfill(deps, [row, ofOperator], () => undefined)).toMatchObject({ imported: 2 });
    expect(stream.changes.length).toBeGreaterThan(taken);
    expect(await types()).toEqual([]);
  });

  it("is never made of what is no record: the pipe then tries again and keeps it", async () => {
    await expect(app.invokeEvents([{ eventName: "INSERT" }])).rejects.toThrow();
  });
});
