import { register } from "./actions.ts";
import type { Operator, TrueSession } from "./operator.ts";
import type { Raw } from "./soundness.ts";
import type { World } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ROUNDS = 12;

/**
 * Lets the faults end and the operators tell all they know, gives up those that are gone, and compares what the table
 * holds with what really happened.
 */
export const drain = async (world: World): Promise<void> => {
  world.memory.options.indexLag = 0;
  world.letGo();
  await world.run([]);
  const there = world.operators.filter((operator) => !operator.isGone());
  // Longer apart than it takes for an instance to be stale, and for lists that agree to be looked at all the same.
  for (let round = 0; round < ROUNDS && (round < 3 || there.some((operator) => operator.hasEvents())); round += 1) {
    world.wait(16 * MINUTE);
    await beatAll(world, there);
  }
  world.wait(49 * HOUR);
  await beatAll(world, there);
  world.reap();
  world.reap();
  await world.run([]);
  world.wait(MINUTE);
  await beatAll(world, there);
  for (const operator of there) if (operator.hasEvents()) world.complaints.push(`${operator.instance()} is not heard`);
  compare(world);
  lookForSeats(world);
};

const beatAll = async (world: World, operators: readonly Operator[]): Promise<void> => {
  for (const operator of operators) {
    if (!operator.isLicensed()) register(world, operator);
    await world.run([]);
    const request = operator.beat();
    world.send(request, (answer) => operator.takeBeat(request, answer));
    await world.run([]);
  }
};

/** Invariant 4: no session is lost or counted twice; in the end the table tells what is true. */
const compare = ({ memory, operators, complaints }: World): void => {
  const records = new Map(
    memory
      .items()
      .filter(({ pk }) => String(pk).startsWith("SESSION#"))
      .map((item): [string, Raw] => [String(item["sessionId"]), item]),
  );
  const expected = new Map<string, string>();
  for (const operator of operators)
    for (const session of operator.sessions.values()) {
      const record = records.get(session.id);
      expected.set(session.id, operator.instance());
      if (!isTrue(session, operator, record))
        complaints.push(`${JSON.stringify(session)} of ${operator.instance()} is kept as ${JSON.stringify(record)}`);
    }
  for (const item of memory.items().filter(({ pk }) => pk === "OPERATORS")) {
    const live = [...records.values()].filter(
      (record) => record["state"] === "live" && record["instanceId"] === item["sk"],
    ).length;
    if (Number(item["liveCount"] ?? 0) !== live)
      complaints.push(`${String(item["sk"])} has ${live} sessions live and counts ${String(item["liveCount"])}`);
  }
};

/**
 * What runs has its seat, unless there is none left, it was found so when it was looked for, or somebody took it. For a
 * minute after a swap the functions do not agree which license there is: what starts then may have its seat in the book
 * of the one before.
 */
const lookForSeats = (world: World): void => {
  const { license, seats, name } = world.book();
  if (license.expiresAt <= world.clock.now || world.state.released || world.state.swapped) return;
  const { maxSeats, trackingMode, type } = license.terms;
  if (type !== "enterprise" && maxSeats !== null && seats.size >= maxSeats) return;
  const holder = trackingMode === "KubernetesUser" ? "user" : "machine";
  const denied = new Set(
    world.memory
      .items()
      .filter(({ pk, sk }) => pk === name && String(sk).startsWith("DENIAL#"))
      .map((item) => item[holder === "user" ? "kubernetesUsername" : "machineId"]),
  );
  for (const operator of world.operators.filter((one) => !one.isGone()))
    for (const { id, person, ci } of operator.running())
      if (!ci && !seats.has(person[holder]) && !denied.has(person[holder]))
        world.complaints.push(`${id} runs without a seat, and there are some`);
};

const isTrue = (session: TrueSession, operator: Operator, record: Raw | undefined): boolean => {
  const state = record?.["state"];
  if (operator.isGone()) return state !== "live";
  switch (session.state) {
    case "running":
      return (
        state === "live" &&
        record?.["instanceId"] === operator.instance() &&
        (record["deniedCode"] === undefined || true)
      );
    case "over":
      return state === "ended" && Date.parse(String(record?.["endedAt"])) === session.endedAt;
    // A request that arrived twice may have started it later all the same: then it has been found not to run.
    default:
      return state !== "live" && state !== "ended";
  }
};
