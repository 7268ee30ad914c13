import { register } from "./actions.ts";
import type { Operator, TrueSession } from "./operator.ts";
import type { Raw } from "./soundness.ts";
import type { World } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ROUNDS = 12;
const LONGEST = 35 * 24 * HOUR;

/**
 * Lets the faults end and the operators tell all they know, gives up those that are gone, and compares what the table
 * holds with what really happened.
 */
export const drain = async (world: World): Promise<void> => {
  world.clear();
  world.letGo();
  await world.run([]);
  if (world.hasModes) world.deploy(world.state.seats);
  await world.run([]);
  const there = world.operators.filter((operator) => !operator.isGone());
  // Longer apart than it takes for an instance to be stale, and for lists that agree to be looked at all the same.
  for (let round = 0; round < ROUNDS && (round < 3 || there.some((operator) => operator.hasEvents())); round += 1) {
    world.wait(16 * MINUTE);
    await beatAll(world, there);
    if (world.hasModes) world.seatJob();
    await world.run([]);
  }
  world.wait(49 * HOUR);
  await beatAll(world, there);
  world.reap();
  world.reap();
  await world.run([]);
  world.wait(MINUTE);
  await beatAll(world, there);
  for (const operator of there) if (operator.hasEvents()) world.complaints.push(`${operator.instance()} is not heard`);
  compare(world, await world.items());
  await lookForSeats(world);
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
const compare = ({ operators, complaints }: World, items: readonly Raw[]): void => {
  const sessions = items.filter(({ pk }) => String(pk).startsWith("SESSION#"));
  const records = new Map(sessions.map((item): [string, Raw] => [String(item["sessionId"]), item]));
  for (const operator of operators)
    for (const session of operator.sessions.values()) {
      const record = records.get(session.id);
      if (!isTrue(session, operator, record))
        complaints.push(`${JSON.stringify(session)} of ${operator.instance()} is kept as ${JSON.stringify(record)}`);
    }
  for (const operator of items.filter(({ pk }) => pk === "OPERATORS")) {
    const live = sessions.filter((one) => one["state"] === "live" && one["instanceId"] === operator["sk"]).length;
    if (Number(operator["liveCount"] ?? 0) !== live)
      complaints.push(
        `${String(operator["sk"])} has ${live} sessions live and counts ${String(operator["liveCount"])}`,
      );
  }
};

/**
 * Invariant 8: what runs has a seat or a counted denial in the current book, or was denied when it started. Only an admin
 * may have taken its seat away.
 */
const lookForSeats = async (world: World): Promise<void> => {
  const { license, items } = await world.book();
  if (license.expiresAt <= world.clock.now || world.state.released) return;
  const { trackingMode } = license.terms;
  const of = (prefix: string) => items.filter(({ sk }) => String(sk).startsWith(prefix));
  const [field, name] = trackingMode === "KubernetesUser" ? (["kubernetesUsername", "user"] as const) : BY_MACHINE;
  const known = new Set([...of("SEAT#"), ...of("DENIAL#")].map((item) => item[field]));
  const denied = new Set((await world.items()).filter(isDenied).map((item) => item["sessionId"]));
  for (const operator of world.operators.filter((one) => !one.isGone()))
    for (const { id, person, ci } of operator.running())
      if (!ci && !known.has(person[name]) && !denied.has(id))
        world.complaints.push(`${id} runs without a seat or a denial`);
};

const isDenied = (item: Raw): boolean => item["deniedCode"] !== undefined;

const BY_MACHINE = ["machineId", "machine"] as const;

const isTrue = (session: TrueSession, operator: Operator, record: Raw | undefined): boolean => {
  const state = record?.["state"];
  if (operator.isGone()) return state !== "live";
  switch (session.state) {
    case "running":
      return state === "live" && record?.["instanceId"] === operator.instance();
    case "over":
      if (!operator.isExact()) return state === "ended";
      return (
        state === "ended" &&
        Date.parse(String(record?.["endedAt"])) === Math.min(session.endedAt ?? 0, session.startedAt + LONGEST)
      );
    // A request that arrived twice may have started it later all the same: then it has been found not to run.
    default:
      // One that lasted too long may have been refused by one call and ended, at the bound, by another.
      return state !== "live" && (state !== "ended" || (session.endedAt ?? 0) - session.startedAt > LONGEST);
  }
};
