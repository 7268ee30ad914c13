import { afterEach, describe, expect, it } from "vitest";
import { type Answer, type App, type AppOptions, createApp } from "../../support/app.ts";
import { CLEAR, chance, stormy } from "../../support/faulty-table.ts";
import { expectSoundTable } from "../../support/table-truth.ts";
import { clientOf, startBody } from "../../support/wire.ts";

let open: App | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

const licensed = async (terms: Record<string, unknown>, options: AppOptions = {}): Promise<App> => {
  open = await createApp({ ...options, terms: { subscription_id: "sub-1", ...terms } });
  return open;
};

type Claimant = { session: string; user: string; instance?: string; hostname?: string };

const claim = (app: App, { session, user, instance = "op-1", hostname }: Claimant): Promise<Answer> =>
  app.call("POST", "/api/v1/sessions", {
    body: startBody(app.clock.now, {
      session_id: session,
      instance_id: instance,
      client: { ...clientOf(user), ...(hostname === undefined ? {} : { hostname }) },
    }),
  });

const claimAll = (app: App, claimants: readonly Claimant[]): Promise<Answer[]> =>
  Promise.all(claimants.map((claimant) => claim(app, claimant)));

/** Asks again, as a client does, as long as the answer is a 503. */
const claimStubbornly = async (app: App, claimant: Claimant): Promise<Answer> => {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const answer = await claim(app, claimant);
    if (answer.status !== 503) return answer;
  }
  throw new Error("never anything but 503");
};

const users = (count: number, prefix = "u"): Claimant[] =>
  Array.from({ length: count }, (_, place) => ({ session: `${prefix}-s${place}`, user: `${prefix}${place}` }));

/** How many answers of each kind there are. */
const tally = (answers: readonly Answer[]): Record<string, number> => {
  const kinds = answers.map(({ status, json }) =>
    status < 300 ? `${status}${json.seat?.overage ? " overage" : ""}` : `${status} ${json.code}`,
  );
  return Object.fromEntries(
    Object.entries(Object.groupBy(kinds, (kind) => kind)).map(([kind, all]) => [kind, all?.length ?? 0]),
  );
};

const seats = async (app: App) => {
  const { used, max, available, overage } = (await app.call("GET", "/api/v1/seats")).json;
  return { used, max, available, overage };
};

describe("more claimants at once than free seats", () => {
  it.each([
    { max: 10, claimants: 40 },
    { max: 1, claimants: 25 },
    { max: 25, claimants: 60 },
    { max: 0, claimants: 8 },
  ])("strict: of $claimants for $max exactly $max succeed", async ({ max, claimants }) => {
    const app = await licensed({ type: "teams", max_seats: max });
    const answers = await claimAll(app, users(claimants));
    const admitted = max === 0 ? {} : { 201: max };
    expect(tally(answers)).toEqual({ ...admitted, "403 MaxSeatCountReached": claimants - max });
    expect(await seats(app)).toEqual({ used: max, max, available: 0, overage: 0 });
    await expectSoundTable(app);
  });

  it("strict: seats that were taken before stay taken, and their holders are admitted among the others", async () => {
    const app = await licensed({ type: "teams", max_seats: 10 });
    await claimAll(app, users(4, "old"));
    const holders = users(4, "old").map(({ user }) => ({ session: `again-${user}`, user }));
    const answers = await claimAll(app, [...users(20), ...holders]);
    expect(tally(answers.slice(20))).toEqual({ 201: 4 });
    expect(tally(answers.slice(0, 20))).toEqual({ 201: 6, "403 MaxSeatCountReached": 14 });
    await expectSoundTable(app);
  });

  it.each([
    { max: 10, claimants: 40 },
    { max: 0, claimants: 12 },
  ])("overage allowed: all are admitted, and exactly those beyond $max are marked", async ({ max, claimants }) => {
    const app = await licensed({ type: "enterprise", max_seats: max });
    const answers = await claimAll(app, users(claimants));
    expect(tally(answers)).toEqual({ ...(max === 0 ? {} : { 201: max }), "201 overage": claimants - max });
    expect(await seats(app)).toEqual({ used: claimants, max, available: 0, overage: claimants - max });
    await expectSoundTable(app);
  });

  it("unlimited: all are admitted, and none is marked", async () => {
    const app = await licensed({ type: "teams", max_seats: null });
    expect(tally(await claimAll(app, users(40)))).toEqual({ 201: 40 });
    expect(await seats(app)).toEqual({ used: 40, max: null, available: null, overage: 0 });
    await expectSoundTable(app);
  });
});

describe("one user from everywhere at once", () => {
  it.each([
    { mode: "ClientCertificate", max: 1, type: "teams" },
    { mode: "KubernetesUser", max: 1, type: "teams" },
    { mode: "ClientCertificate", max: 5, type: "enterprise" },
  ])("takes one seat ($mode, $type)", async ({ mode, max, type }) => {
    const app = await licensed({ type, max_seats: max, seat_tracking_mode: mode });
    const claimants = Array.from({ length: 30 }, (_, place) => ({
      session: `s${place}`,
      user: "ana",
      instance: `op-${place % 5}`,
      hostname: `host-${place}`,
    }));
    const answers = await claimAll(app, claimants);
    expect(tally(answers)).toEqual({ 201: 30 });
    expect(new Set(answers.map(({ json }) => json.seat.id)).size).toBe(1);
    expect((await seats(app)).used).toBe(1);
    await expectSoundTable(app);
  });

  it("starts one session, however often the same start comes", async () => {
    const app = await licensed({ type: "teams", max_seats: 3 });
    const answers = await claimAll(
      app,
      Array.from({ length: 20 }, () => ({ session: "s-1", user: "ana" })),
    );
    expect(tally(answers)).toEqual({ 201: 1, 200: 19 });
    expect((await seats(app)).used).toBe(1);
  });
});

describe("a maximum that is lowered below what is claimed", () => {
  it("leaves the oldest claims their seats and refuses the newest, strictly", async () => {
    const app = await licensed({ type: "teams", max_seats: 6 });
    for (const claimant of users(6)) {
      app.clock.now += 1_000;
      await claim(app, claimant);
    }
    await app.setLicense({ type: "teams", max_seats: 4, subscription_id: "sub-1" });
    app.clock.now += 61_000;
    const again = await claimAll(
      app,
      users(6).map(({ user }) => ({ session: `again-${user}`, user })),
    );
    expect(tally(again.slice(0, 4))).toEqual({ 201: 4 });
    expect(tally(again.slice(4))).toEqual({ "403 MaxSeatCountReached": 2 });
    expect(tally(await claimAll(app, users(3, "new")))).toEqual({ "403 MaxSeatCountReached": 3 });
    expect(await seats(app)).toEqual({ used: 6, max: 4, available: 0, overage: 2 });
    await expectSoundTable(app);
  });
});

describe("in bad weather", () => {
  it.each([
    { name: "conflicts", weather: { conflict: 0.5, before: 0, after: 0 } },
    { name: "outages before the effect", weather: { conflict: 0.1, before: 0.1, after: 0 } },
    { name: "outages after the effect", weather: { conflict: 0.1, before: 0, after: 0.1 } },
  ])(
    "with $name exactly as many succeed as there are seats, once their clients have asked again",
    async ({ weather }) => {
      const storm = stormy(chance(7), weather);
      const app = await licensed({ type: "teams", max_seats: 10 }, { around: storm.around });
      const answers = await Promise.all(users(30).map((claimant) => claimStubbornly(app, claimant)));
      storm.state.weather = CLEAR;
      const { 201: created = 0, 200: repeated = 0, ...refused } = tally(answers);
      expect([created + repeated, refused]).toEqual([10, { "403 MaxSeatCountReached": 20 }]);
      expect(await seats(app)).toEqual({ used: 10, max: 10, available: 0, overage: 0 });
      await expectSoundTable(app);
    },
  );
});
