import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import type {
  HeartbeatResponse,
  LeaseObject,
  LicensePostResponse,
  SeatListResponse,
} from "../../shared/contract/responses.ts";
import { type Stack, type StackAnswer, startStack } from "../../tools/bench/stack.ts";
import { DEEP } from "../support/deep.ts";
import { bundleHandlers } from "../support/ready-bundles.ts";
import { slowTime } from "../support/slow-time.ts";
import { clientOf, heartbeatBody, licenseBody, startBody } from "../support/wire.ts";

/** With DEEP=1 the thousand of the name; else a crowd that is served sooner, also where others are at work. */
const CROWD = DEEP ? 1_000 : 60;
const SEATS = CROWD / 2;
const INTERVAL_SECONDS = 60;

/** A handler gives up after 25 s. Ten times slower, this is no limit to a thousand at once on a machine with two busy cores. */
const SLOWER = 10;

/** How often the functions asked the engine to do what, since the server began. */
let operations: Record<string, number>;
let stack: Stack;
let atFullSpeed: () => void;
const terms = { type: "teams", max_seats: SEATS };
beforeAll(async () => {
  atFullSpeed = slowTime(SLOWER);
  operations = {};
  subscribe("http.client.request.start", count);
  stack = await startStack(terms, { HEARTBEAT_INTERVAL_SECONDS: String(INTERVAL_SECONDS) }, bundleHandlers);
});
afterAll(async () => {
  unsubscribe("http.client.request.start", count);
  await stack.close();
  atFullSpeed();
});

const count = (message: unknown): void => {
  const target = (message as { request: ClientRequest }).request.getHeader("x-amz-target");
  const operation = typeof target === "string" ? target.split(".")[1] : undefined;
  if (operation !== undefined) operations[operation] = (operations[operation] ?? 0) + 1;
};

const inCrowd = async <T>(what: string, work: (number: number) => Promise<T>): Promise<T[]> => {
  const startedAt = process.hrtime.bigint();
  const before = process.cpuUsage();
  const results = await Promise.all(Array.from({ length: CROWD }, (_, number) => work(number)));
  const { user, system } = process.cpuUsage(before);
  const seconds = [Number(process.hrtime.bigint() - startedAt) / 1e6, (user + system) / 1_000].map((ms) =>
    (ms / 1_000).toFixed(1),
  );
  console.log(`${what}: ${seconds[0]} s, ${seconds[1]} s of them computing; so far ${JSON.stringify(operations)}`);
  return results;
};

type ClaimAnswer = { code?: string; seat?: { held_until: string | null } | null };

const claim = (number: number, on = stack, user = `u${number}`): Promise<StackAnswer<ClaimAnswer>> =>
  on.call(
    "POST",
    "/api/v1/sessions",
    startBody(Date.now(), {
      session_id: `s-${number}`,
      instance_id: `op-${number % 20}`,
      client: clientOf(user),
    }),
  );

const kindOf = ({ status, body }: StackAnswer<ClaimAnswer>): string =>
  status < 300 ? String(status) : `${status} ${body.code}`;

const tally = (kinds: readonly string[]): Record<string, number> =>
  Object.fromEntries(
    Object.entries(Object.groupBy(kinds, (kind) => kind)).map(([kind, all]) => [kind, all?.length ?? 0]),
  );

it(`${CROWD} claims at once on ${SEATS} seats end with exactly ${SEATS}, and asking again changes nothing`, async () => {
  const first = (await inCrowd(`${CROWD} claims on ${SEATS} seats`, (number) => claim(number))).map(kindOf);
  expect(tally(first)).toEqual({ "201": SEATS, "403 MaxSeatCountReached": CROWD - SEATS });
  const { status, body } = await stack.call<SeatListResponse>("GET", "/api/v1/seats");
  expect([status, body.used, body.max, body.available, body.overage]).toEqual([200, SEATS, SEATS, 0, 0]);
  expect(new Set(body.seats?.map(({ client_username }) => client_username))).toEqual(
    new Set(first.flatMap((kind, number) => (kind === "201" ? [`u${number}`] : []))),
  );
  const again = (await inCrowd("the same again", (number) => claim(number))).map(kindOf);
  expect(again).toEqual(first.map((kind) => (kind === "201" ? "200" : kind)));
}, 120_000);

it.runIf(DEEP)(
  `${CROWD} claims at once on ${SEATS} floating seats end with exactly ${SEATS}`,
  async () => {
    const floating = await startStack(terms, { SEATS_MODE: "floating" }, bundleHandlers);
    try {
      const answers = await inCrowd(`${CROWD} claims on ${SEATS} floating seats`, (number) => claim(number, floating));
      expect(tally(answers.map(kindOf))).toEqual({ "201": SEATS, "403 MaxSeatCountReached": CROWD - SEATS });
      const { body } = await floating.call<SeatListResponse>("GET", "/api/v1/seats");
      expect([body.used, body.max, body.available, body.overage]).toEqual([SEATS, SEATS, 0, 0]);
      const untils = answers.flatMap(({ status, body: { seat } }) =>
        status === 201 ? [Date.parse(seat?.held_until ?? "")] : [],
      );
      // The grace of 15 minutes, and not the end of a period.
      expect(Math.max(...untils)).toBeLessThan(Date.now() + 16 * 60_000);
    } finally {
      await floating.close();
    }
  },
  240_000,
);

const POOLS = ["ana", "bo", "cy", "dee"];
/** A fifth of the seats for each pool, and for everybody. More than those of a pool ask for it. */
const IN_POOL = SEATS / (POOLS.length + 1);
const userOf = (number: number): string => `${POOLS[number % 8] ?? "eve"}-${number}`;

it.runIf(DEEP)(
  `${CROWD} claims at once on ${POOLS.length} pools and the common seats end with exactly ${IN_POOL} in each`,
  async () => {
    const reservations = POOLS.map((name) => ({ name, seats: IN_POOL, users: [`${name}-*`] }));
    const pools = await startStack(terms, { SEATS_RESERVATIONS: JSON.stringify(reservations) }, bundleHandlers);
    try {
      const answers = await inCrowd(`${CROWD} claims on ${POOLS.length} pools`, (number) =>
        claim(number, pools, userOf(number)),
      );
      expect(tally(answers.map(kindOf))).toEqual({ "201": SEATS, "403 MaxSeatCountReached": CROWD - SEATS });
      const { body } = await pools.call<SeatListResponse>("GET", "/api/v1/seats?limit=500");
      expect([body.used, body.max, body.available, body.overage]).toEqual([SEATS, SEATS, 0, 0]);
      const inPools = tally((body.seats ?? []).map(({ pool }) => pool ?? "common"));
      expect(inPools).toEqual(Object.fromEntries([...POOLS, "common"].map((name) => [name, IN_POOL])));
      for (const { pool, client_username: user } of body.seats ?? [])
        if (pool !== undefined && pool !== "common") expect(user).toMatch(new RegExp(`^${pool}-`));
    } finally {
      await pools.close();
    }
  },
  240_000,
);

it(`${CROWD} operators that start in the same second are all served, and spread from then on`, async () => {
  const leases = await inCrowd(`${CROWD} operators start`, async (number) => {
    const operator = { instance_id: `op-${number}`, operator_version: "3.130.0" };
    const started = await stack.call<LicensePostResponse>("POST", "/api/v1/license", licenseBody(operator));
    const beat = await stack.call<HeartbeatResponse>("POST", "/api/v1/heartbeat", heartbeatBody(Date.now(), operator));
    return [started, beat].map(({ status, body }) => ({ status, lease: body.lease }));
  });
  expect(tally(leases.flat().map(({ status }) => String(status)))).toEqual({ "200": 2 * CROWD });
  for (const place of [0, 1]) expectSpread(leases.flatMap((answers) => answers[place]?.lease ?? []).map(intervalOf));
}, 120_000);

const intervalOf = (lease: LeaseObject): number => lease.heartbeat_interval_secs;

// Thirteen whole seconds from 54 to 66, the outer two half as likely. That one of them goes to so few, or to a fifth of all,
// does not happen by chance in as many runs as this will ever see.
const expectSpread = (seconds: readonly number[]): void => {
  expect(seconds).toHaveLength(CROWD);
  const spread = tally(seconds.map(String));
  const everyone = Array.from({ length: 13 }, (_, place) => String(INTERVAL_SECONDS * 0.9 + place));
  if (!DEEP) {
    // Of sixty some second may go to nobody.
    expect(everyone).toEqual(expect.arrayContaining(Object.keys(spread)));
    expect(Object.keys(spread).length).toBeGreaterThanOrEqual(7);
    return;
  }
  expect(Object.keys(spread).sort()).toEqual(everyone);
  expect(Math.min(...Object.values(spread))).toBeGreaterThanOrEqual(10);
  expect(Math.max(...Object.values(spread))).toBeLessThanOrEqual(CROWD / 5);
};
