import fc from "fast-check";
import type { Fate, Step } from "../../support/scheduler.ts";
import { type Act, acts, register, seatActs, startAct } from "./actions.ts";
import type { Backend } from "./backend.ts";
import { drain } from "./drain.ts";
import { LICENSE_KINDS, type Licenses } from "./licenses.ts";
import { MACHINE_MAXIMA, SEAT_SETTINGS } from "./seat-deployment.ts";
import { createWorld, type Setting, type World } from "./world.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What happens at the same time, in which order its operations come, and how long it is until the next round. */
export type Round = { acts: readonly Act[]; steps?: readonly Step[]; waitMs?: number | "period end" };

export type History = { setting?: Partial<Setting>; rounds: readonly Round[] };

const fate = fc.oneof(
  { weight: 24, arbitrary: fc.constant<Fate>("go") },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Fate>(
      "crash before",
      "crash after",
      "fail before",
      "fail after",
      "twice",
      "conflict",
      "hold",
    ),
  },
);

/** An order of operations, and what befalls them. */
export const steps = (fates: fc.Arbitrary<Fate>): fc.Arbitrary<Step[]> =>
  fc.array(fc.record({ pick: fc.nat(7), fate: fates }), { maxLength: 40, size: "max" });

const some = (one: fc.Arbitrary<Act>, minLength = 1) => fc.array(one, { minLength, maxLength: 5, size: "max" });

const WAITS = [
  ...[0, SECOND, 20 * SECOND, MINUTE, MINUTE, 4 * MINUTE, 20 * MINUTE, 3 * HOUR, 49 * HOUR, 31 * DAY],
  "period end" as const,
];
/** Around the times after which an idle seat is free and a silent operator loses its sessions. */
const SEAT_WAITS = [...WAITS, 6 * MINUTE, 16 * MINUTE, 16 * MINUTE, 62 * MINUTE, 26 * HOUR, 8 * DAY];

const roundOf = (act: fc.Arbitrary<Act>, waits: typeof WAITS): fc.Arbitrary<Round> =>
  fc.record({ acts: some(act), steps: steps(fate), waitMs: fc.constantFrom(...waits) });

/** A period ends while heartbeats are under way: what they list was true before, and they arrive after. */
const periodEnd: fc.Arbitrary<Round[]> = fc.tuple(
  fc.record({ acts: some(acts("ask", "tell", "beat")), waitMs: fc.constant("period end" as const) }),
  fc.record({ acts: some(acts("ask", "tell", "beat late", "clock"), 2), waitMs: fc.constant(20 * SECOND) }),
  fc.record({ acts: some(acts("arrive", "ask", "repeat", "beat")), steps: steps(fate) }),
);

const setting = {
  license: fc.constantFrom(...LICENSE_KINDS),
  indexLag: fc.constantFrom(0, 0, 1, 3),
  pageItems: fc.constantFrom(100, 1, 2),
};

const roundsOf = (round: fc.Arbitrary<Round>): fc.Arbitrary<Round[]> =>
  fc
    .array(fc.oneof({ weight: 12, arbitrary: round.map((one) => [one]) }, { weight: 1, arbitrary: periodEnd }), {
      minLength: 2,
      maxLength: 10,
      size: "max",
    })
    .map((parts) => parts.flat());

export const histories: fc.Arbitrary<History> = fc.record({
  setting: fc.record(setting),
  rounds: roundsOf(roundOf(acts(), WAITS)),
});

/** The same in all modes of seats, with changes between them, idle seats and limits of machine sessions. */
export const seatHistories: fc.Arbitrary<History> = fc.record({
  setting: fc.record({
    ...setting,
    indexLag: fc.constantFrom(0, 1, 3, 1_000),
    seats: fc.constantFrom(...SEAT_SETTINGS),
    machineMax: fc.constantFrom(...MACHINE_MAXIMA),
  }),
  rounds: roundsOf(roundOf(seatActs(), SEAT_WAITS)),
});

const PLAIN: Setting = { license: "two", indexLag: 0, pageItems: 100 };

/** Lives through a history, to its end. Throws the first complaint, with all that happened. */
export const live = async (
  licenses: Licenses,
  { setting, rounds: all }: History,
  backend?: Backend,
): Promise<World> => {
  const world = createWorld(licenses, { ...PLAIN, ...setting }, backend);
  if (world.state.seats !== "period") world.deploy(world.state.seats);
  await world.run([]);
  for (const operator of world.operators) register(world, operator);
  await world.run([]);
  for (const { acts: together, steps: order = [], waitMs = 0 } of all) {
    for (const act of together) startAct(world, act);
    await world.run(order);
    requireNoComplaint(world);
    if (waitMs === "period end") world.wait(beforePeriodEnd(world.clock.now));
    else if (waitMs > 0) world.wait(waitMs);
  }
  await drain(world);
  requireNoComplaint(world);
  return world;
};

/** How long it is until ten seconds before the next period of the licenses of this test, which all begin on a 5th. */
const beforePeriodEnd = (now: number): number => {
  let day = Math.floor(now / DAY) * DAY + DAY;
  while (new Date(day).getUTCDate() !== 5) day += DAY;
  return Math.max(0, day - 10 * SECOND - now);
};

const requireNoComplaint = ({ complaints, history }: World): void => {
  if (complaints.length > 0) throw new Error(`${complaints.join("\n")}\n\nafter\n${history.join("\n")}`);
};
