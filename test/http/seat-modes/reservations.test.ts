import { describe, expect, it } from "vitest";
import { seatRulesKey } from "../../../shared/contract/keys.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { expectSuccess } from "../../support/answers.ts";
import { expectSoundHolds } from "../../support/held-seats.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedItems, storedUnder } from "../../support/stored.ts";
import { clientOf } from "../../support/wire.ts";

const TERMS = { type: "teams", subscription_id: "sub-1" };
const server = serverPerTest({ terms: { ...TERMS, max_seats: 3 } });

const BACKEND = { name: "backend", seats: 1, users: ["b-*"] };
const PLAIN = {};
const reserved = (reservations: readonly object[], more: Record<string, string> = {}) => ({
  SEATS_RESERVATIONS: JSON.stringify(reservations),
  ...more,
});
const FLOATING = { SEATS_MODE: "floating" };
const IDLE = { SEATS_IDLE_DAYS: "1" };

const operator = (instanceId = "op-1") => operatorAt(server(), instanceId);
type Operator = ReturnType<typeof operator>;
const pass = (ms: number) => {
  server().clock.now += ms;
};
/** Puts settings into force, and lets every function learn of them. */
const deploy = async (settings: Record<string, string>) => {
  await server().keepSeats(settings);
  pass(3 * MINUTE_MS);
  await server().keepSeats(settings);
};
const starts = async (under: Operator, id: string, user: string, status = 201, changes: object = {}) => {
  const client = { ...clientOf(user), kubernetes_username: user };
  const answer = await under.starts(id, user, { client, ...changes });
  expect(answer.status, answer.text).toBe(status);
  pass(SECOND_MS);
  return answer.json;
};
const ends = async (under: Operator, id: string) => expectSuccess("sessionEnd", await under.ends(id));
const seats = async () =>
  (await storedUnder(server(), "SEATS#"))
    .filter(({ sk }) => String(sk).startsWith("SEAT#"))
    .map(({ clientUsername, pool }) => `${clientUsername} ${pool}`)
    .toSorted();

describe.each([
  { mode: "period", more: {} },
  { mode: "period with idleDays", more: IDLE },
  { mode: "floating", more: FLOATING },
])("reserved seats in the mode $mode", ({ more }) => {
  it("are kept for their users, who may have common seats once their own are taken", async () => {
    const under = operator();
    await deploy(reserved([BACKEND], more));
    await starts(under, "s-1", "ana");
    await starts(under, "s-2", "ben");
    const refused = await starts(under, "s-3", "eve", 403);
    expect(refused).toMatchObject({
      code: "MaxSeatCountReached",
      detail:
        "All common seats are in use. The 1 free seat is reserved for other users. An admin can release a seat or change the reservations",
    });
    await starts(under, "s-4", "b-1");
    expect(await seats()).toEqual(["ana common", "b-1 backend", "ben common"]);
    await starts(under, "s-5", "b-2", 403);
    await expectSoundHolds(server());
  });

  it("go on being counted after a release, which frees the seat in its pool", async () => {
    const under = operator();
    await deploy(reserved([BACKEND], more));
    for (const [id, user] of [
      ["s-1", "b-1"],
      ["s-2", "b-2"],
      ["s-3", "ana"],
    ] as const)
      await starts(under, id, user);
    expect(await seats()).toEqual(["ana common", "b-1 backend", "b-2 common"]);
    await release("b-1");
    await expectSoundHolds(server());
    expect(await starts(under, "s-4", "eve", 403)).toMatchObject({ detail: expect.stringMatching(/^All common/) });
    await starts(under, "s-5", "b-3");
    expect(await seats()).toEqual(["ana common", "b-2 common", "b-3 backend"]);
  });

  it("begin on a book that has seats already: these are common, whatever their users", async () => {
    const under = operator();
    await deploy(more);
    await starts(under, "s-1", "b-1");
    await starts(under, "s-2", "ana");
    await deploy(reserved([BACKEND], more));
    await starts(under, "s-3", "eve", 403);
    await starts(under, "s-4", "b-2");
    await expectSoundHolds(server());
    expect((await seats()).at(1)).toBe("b-1 undefined");
    await release("b-1");
    await expectSoundHolds(server());
    await starts(under, "s-5", "eve");
    await expectSoundHolds(server());
  });

  it("are free for everybody once the reservations are removed, and counted in their pools until then", async () => {
    const under = operator();
    await deploy(reserved([BACKEND], more));
    await starts(under, "s-1", "b-1");
    await starts(under, "s-2", "ana");
    await deploy({ ...PLAIN, ...more });
    await starts(under, "s-3", "eve");
    await starts(under, "s-4", "ben", 403);
    expect(await seats()).toEqual(["ana common", "b-1 backend", "eve common"]);
    await expectSoundHolds(server());
  });

  it("are given back by a session that turns out to be CI", async () => {
    const under = operator();
    await deploy(more);
    await starts(under, "s-1", "b-1");
    await deploy(reserved([BACKEND], more));
    await starts(under, "s-2", "b-2");
    for (const [part, parent, user] of [
      ["s-1-a", "s-1", "b-1"],
      ["s-2-a", "s-2", "b-2"],
    ] as const)
      await starts(under, part, user, 200, { parent_id: parent, session_kind: "ci" });
    expect(await seats()).toEqual([]);
    await expectSoundHolds(server());
  });

  it("are exact when many claim at once: no pool beyond its seats", async () => {
    const under = operator();
    await deploy(reserved([{ ...BACKEND, seats: 2 }], more));
    const users = Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? `b-${n}` : `u-${n}`));
    const answers = await Promise.all(
      users.map((user, n) =>
        under.starts(`s-${n}`, user, { client: { ...clientOf(user), kubernetes_username: user } }),
      ),
    );
    const codes = answers.map(({ status }) => status).toSorted();
    expect(codes).toEqual([201, 201, 201, 403, 403, 403, 403, 403]);
    expect((await seats()).filter((seat) => seat.endsWith("backend"))).toHaveLength(2);
    await expectSoundHolds(server());
  });

  it("are cut in the order of the configuration when they are more than the license has, which is logged", async () => {
    const under = operator();
    await deploy(
      reserved(
        [
          { ...BACKEND, seats: 2 },
          { name: "web", seats: 2, users: ["w-*"] },
        ],
        more,
      ),
    );
    await starts(under, "s-1", "ana", 403);
    await starts(under, "s-2", "w-1");
    await starts(under, "s-3", "w-2", 403);
    await starts(under, "s-4", "b-1");
    await starts(under, "s-5", "b-2");
    expect(await seats()).toEqual(["b-1 backend", "b-2 backend", "w-1 web"]);
  });

  it("keep the oldest claims of each pool when the maximum falls", async () => {
    const under = operator();
    await deploy(reserved([BACKEND], more));
    await starts(under, "s-1", "ana");
    await starts(under, "s-2", "ben");
    await starts(under, "s-3", "b-1");
    await server().setLicense({ ...TERMS, max_seats: 2 });
    pass(HOUR_MS / 60);
    await starts(under, "s-4", "ana");
    await starts(under, "s-5", "ben", 403);
    await starts(under, "s-6", "b-1");
  });
});

describe("reserved seats that float", () => {
  it("are taken over by their own users only, and are freed by the job", async () => {
    const under = operator();
    await deploy(reserved([BACKEND], FLOATING));
    await starts(under, "s-1", "b-1");
    await starts(under, "s-2", "ana");
    await starts(under, "s-3", "ben");
    await ends(under, "s-1");
    pass(15 * MINUTE_MS);
    await starts(under, "s-4", "eve", 403);
    await starts(under, "s-5", "b-2");
    expect(await seats()).toEqual(["ana common", "b-2 backend", "ben common"]);
    await ends(under, "s-5");
    pass(15 * MINUTE_MS);
    await server().keepSeats(reserved([BACKEND], FLOATING));
    expect(await seats()).toEqual(["ana common", "ben common"]);
    await expectSoundHolds(server());
  });
});

describe("a reservation with namespaces", () => {
  it("is for sessions in one of them", async () => {
    const under = operator();
    await deploy(reserved([{ ...BACKEND, namespaces: ["shop-*"] }]));
    const into = (namespace: string) => ({ target: { namespace, kind: "Deployment", name: "web" } });
    await starts(under, "s-1", "b-1", 201, into("billing"));
    await starts(under, "s-2", "b-2", 201, into("shop-eu"));
    expect(await seats()).toEqual(["b-1 common", "b-2 backend"]);
  });
});

describe("overage", () => {
  it("counts as common, and begins where pool and common are full", async () => {
    const under = operator();
    await server().setLicense({ ...TERMS, type: "enterprise", max_seats: 3 });
    await deploy(reserved([BACKEND]));
    for (const [id, user] of [
      ["s-1", "ana"],
      ["s-2", "ben"],
      ["s-3", "eve"],
      ["s-4", "b-1"],
      ["s-5", "b-2"],
    ] as const)
      await starts(under, id, user);
    const overage = (await storedItems(server())).filter((item) => item["overage"] === true);
    expect(overage.map(({ clientUsername, pool }) => `${clientUsername} ${pool}`).toSorted()).toEqual([
      "b-1 common",
      "b-2 common",
      "eve common",
    ]);
    await expectSoundHolds(server());
  });
});

describe("the list of seats", () => {
  it("shows each seat's pool, and none for a seat from before", async () => {
    const under = operator();
    await starts(under, "s-1", "ana");
    await deploy(reserved([BACKEND]));
    await starts(under, "s-2", "b-1");
    await starts(under, "s-3", "ben");
    const { seats: listed } = expectSuccess("seatList", await server().call("GET", "/api/v1/seats"));
    expect(listed?.map(({ pool }: { pool?: string }) => pool)).toEqual([undefined, "backend", "common"]);
    const claims = (await storedItems(server())).filter(({ action }) => action === "seat.claimed");
    expect(claims.map(({ pool }) => pool)).toEqual([undefined, "backend", "common"]);
    // Each deployment ran the job twice with the same reservations.
    expect(await server().table.get(seatRulesKey, { consistent: true })).toMatchObject({ generation: 1 });
  });
});

const release = async (user: string) => {
  const bearer = await server().accessToken(["seats:delete"]);
  const answer = await server().call("DELETE", `/api/v1/seats/${await seatIdOf(user)}`, { bearer });
  expect(answer.status, answer.text).toBe(204);
};

const seatIdOf = async (user: string) => {
  const { seats: listed } = expectSuccess("seatList", await server().call("GET", "/api/v1/seats"));
  return listed?.find((seat: { client_username: string }) => seat.client_username === user)?.id;
};
