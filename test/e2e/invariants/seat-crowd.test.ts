import { afterEach, expect, it } from "vitest";
import { type Answer, type App, createApp } from "../../support/app.ts";
import { DEEP } from "../../support/deep.ts";
import { countComplaints } from "../../support/seat-model/counted.ts";
import { counterOf } from "../../support/seat-model/stored.ts";
import { storedItems } from "../../support/stored.ts";
import { clientOf, startBody } from "../../support/wire.ts";

/** With DEEP=1 a thousand at once, as often as the design asks for; else a crowd that is served sooner. */
const CROWD = DEEP ? 1_000 : 24;
const SEATS = CROWD / 2;
const MINUTE = 60_000;

let open: App | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

const deployed = async (settings: Record<string, string>): Promise<App> => {
  const terms = { subscription_id: "sub-1", type: "teams", max_seats: SEATS };
  const app = await createApp({ terms, env: settings });
  open = app;
  for (const minutes of [0, 3]) {
    app.clock.now += minutes * MINUTE;
    await app.invoke("seatJob");
  }
  return app;
};

const claim = (app: App, user: string): Promise<Answer> =>
  app.call("POST", "/api/v1/sessions", {
    body: startBody(app.clock.now, { session_id: `s-${user}`, instance_id: "op-1", client: clientOf(user) }),
  });

const claimAll = (app: App, prefix: string, count: number): Promise<Answer[]> =>
  Promise.all(Array.from({ length: count }, (_, number) => claim(app, `${prefix}-${number}`)));

const end = (app: App, user: string): Promise<Answer> =>
  app.call("POST", `/api/v1/sessions/s-${user}/end`, { body: { ended_at: new Date(app.clock.now).toISOString() } });

const tally = (answers: readonly Answer[]): Record<string, number> => {
  const kinds = answers.map(({ status, json }) => (status < 300 ? String(status) : `${status} ${json.code}`));
  return Object.fromEntries(
    Object.entries(Object.groupBy(kinds, (kind) => kind)).map(([kind, all]) => [kind, all?.length ?? 0]),
  );
};

const expectCounted = async (app: App): Promise<void> => {
  const items = await storedItems(app);
  expect(countComplaints(items)).toEqual([]);
  const claimed = items.flatMap((item) => counterOf(item) ?? []).map((counter) => counter.claimed);
  expect(Math.max(...claimed)).toBeLessThanOrEqual(SEATS);
};

it(`${CROWD} claims at once on ${SEATS} floating seats end with exactly ${SEATS}`, async () => {
  const app = await deployed({ SEATS_MODE: "floating" });
  expect(tally(await claimAll(app, "u", CROWD))).toEqual({ 201: SEATS, "403 MaxSeatCountReached": CROWD - SEATS });
  await expectCounted(app);
});

it(`${CROWD} claims at once on ${SEATS} seats past their grace never take one twice, and the job frees the rest`, async () => {
  const app = await deployed({ SEATS_MODE: "floating" });
  await claimAll(app, "old", SEATS);
  for (let number = 0; number < SEATS; number += 1) await end(app, `old-${number}`);
  app.clock.now += 16 * MINUTE;
  const first = await claimAll(app, "new", CROWD);
  const taken = first.filter(({ status }) => status === 201).length;
  expect(tally(first)).toEqual({ 201: taken, "403 MaxSeatCountReached": CROWD - taken });
  expect(taken).toBeGreaterThan(0);
  await expectCounted(app);
  await app.invoke("seatJob");
  const again = await claimAll(app, "later", CROWD);
  const left = SEATS - taken;
  expect(tally(again)).toEqual({ ...(left === 0 ? {} : { 201: left }), "403 MaxSeatCountReached": CROWD - left });
  await expectCounted(app);
});
