import { afterEach, describe, expect, it } from "vitest";
import { type App, type AppOptions, createApp } from "../../support/app.ts";
import { DEEP } from "../../support/deep.ts";
import { chance, stormy } from "../../support/faulty-table.ts";
import { expectSoundTable } from "../../support/table-truth.ts";
import { endBody, heartbeatBody, startBody } from "../../support/wire.ts";

const MINUTE = 60_000;
const IDS = Array.from({ length: DEEP ? 40 : 20 }, (_, place) => `s${place}`);

let open: App | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

/** Sessions of one user at one target, begun a second after another. */
const running = async (options: AppOptions = {}): Promise<App> => {
  open = await createApp(options);
  for (const id of IDS) {
    open.clock.now += 1_000;
    await open.call("POST", "/api/v1/sessions", { body: startBody(open.clock.now, { session_id: id }) });
  }
  open.clock.now += 10 * MINUTE;
  return open;
};

const end = (app: App, id: string, endedAt = app.clock.now) =>
  app.call("POST", `/api/v1/sessions/${id}/end`, { body: endBody(endedAt) });

const user = async (app: App) => (await app.call("GET", "/api/v1/reports/usage?format=json")).json.userMetrics[0];

// They ran for ten minutes, and the n-th from the end for n seconds more.
const TOTAL = {
  totalSessionCount: IDS.length,
  totalSessionTimeSeconds: IDS.length * 600 + ((IDS.length - 1) * IDS.length) / 2,
};

describe(`${IDS.length} sessions of one user and target that end at once`, () => {
  it("all end, each counted once, wherever the rows were fought over", async () => {
    const app = await running();
    const answers = await Promise.all(IDS.map((id) => end(app, id)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await user(app)).toMatchObject(TOTAL);
    await expectSoundTable(app);
  });

  it("all end with each its own extremes, though many a transaction runs into another", async () => {
    const storm = stormy(chance(1), { conflict: 0.3, before: 0, after: 0 });
    const app = await running({ around: storm.around });
    const answers = await Promise.all(
      IDS.map((id, at) => end(app, id, app.clock.now - IDS.length * 1_000 + at * 1_000)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await user(app)).toMatchObject({
      totalSessionCount: IDS.length,
      lastSeen: new Date(app.clock.now - 1_000).toISOString(),
    });
    await expectSoundTable(app);
  });

  it("count once, although each comes twice at the same time and in a heartbeat as well", async () => {
    const app = await running();
    const ended = IDS.map((id) => ({ session_id: id, ...endBody(app.clock.now) }));
    const beat = app.call("POST", "/api/v1/heartbeat", { body: heartbeatBody(app.clock.now, { ended }) });
    const answers = await Promise.all([beat, ...IDS.flatMap((id) => [end(app, id), end(app, id)])]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await user(app)).toMatchObject(TOTAL);
    await expectSoundTable(app);
  });
});
