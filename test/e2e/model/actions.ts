import fc from "fast-check";
import { LICENSE_KINDS } from "./licenses.ts";
import type { Operator, TrueSession } from "./operator.ts";
import { SEAT_SETTINGS } from "./seat-deployment.ts";
import { PEOPLE, type World } from "./world.ts";

type Action<Details> = {
  weight: number;
  details: fc.Arbitrary<Details>;
  /** Starts what is to happen: it happens together with the other acts of its round. */
  start: (world: World, details: Details) => void;
};

const action = <Details>(
  weight: number,
  details: fc.Arbitrary<Details>,
  start: (world: World, details: Details) => void,
): Action<Details> => ({ weight, details, start });

const operator = fc.nat(1);
const pick = fc.nat(9);
type Asking = { operator: number; person: number; ci: boolean; gpu?: boolean };
const asking: fc.Arbitrary<Asking> = fc.record({
  operator,
  person: fc.nat(3),
  ci: fc.nat(7).map((n) => n === 0),
  gpu: fc.boolean(),
});

// One that has no license yet asks for it, and does nothing else.
const operatorAt = (world: World, place: number): Operator | undefined => {
  const one = world.operators[place % world.operators.length];
  if (one === undefined || one.isGone()) return undefined;
  if (one.isLicensed()) return one;
  register(world, one);
  return undefined;
};

export const register = (world: World, one: Operator): void => {
  const instance = one.instance();
  world.send(one.register(), (answer) => {
    if (one.instance() === instance) one.takeLicense(answer);
  });
};

const open = (world: World, one: Operator, { person, ci, gpu }: Asking): TrueSession => {
  const who = PEOPLE[person % PEOPLE.length] ?? { machine: "m", user: "u" };
  return one.open(world.newSessionId(), who, ci, gpu === true ? "gpu" : "shop");
};

const beat = (world: World, one: Operator, number?: number): (() => void) => {
  const request = one.beat(number);
  return () => world.send(request, (answer) => one.takeBeat(request, answer));
};

/** All that can happen. A new one is a new row. */
export const ACTIONS = {
  /** A user starts a session, and the operator asks for it. */
  ask: action(10, asking, (world, details) => {
    const one = operatorAt(world, details.operator);
    if (one === undefined) return;
    const session = open(world, one, details);
    world.send(one.ask(session), (answer) => one.takeStart(session, answer));
  }),
  /** The same, but the user gives up before the answer comes: no heartbeat ever lists the session. */
  abandon: action(2, asking, (world, details) => {
    const one = operatorAt(world, details.operator);
    if (one === undefined) return;
    const session = open(world, one, details);
    world.send(one.ask(session), () => {});
    session.state = "refused";
  }),
  /** A user starts a session, and the operator tells of it in its next heartbeat. */
  tell: action(4, asking, (world, details) => {
    const one = operatorAt(world, details.operator);
    if (one !== undefined) one.run(open(world, one, details));
  }),
  /** A session ends, and the operator tells of it in its next heartbeat or in a call of its own. */
  end: action(6, fc.record({ operator, pick, byCall: fc.boolean() }), (world, details) => {
    const one = operatorAt(world, details.operator);
    const running = one?.running() ?? [];
    const session = running[details.pick % Math.max(1, running.length)];
    if (one === undefined || session === undefined) return;
    one.stop(session);
    if (details.byCall) world.send(one.tellEnd(session), (answer) => one.takeEnd(session, answer));
  }),
  /** All of an operator's sessions end at once, each told of in a call of its own. */
  "end all": action(2, fc.record({ operator }), (world, details) => {
    const one = operatorAt(world, details.operator);
    for (const session of one?.running() ?? []) {
      one?.stop(session);
      if (one !== undefined) world.send(one.tellEnd(session), (answer) => one.takeEnd(session, answer));
    }
  }),
  beat: action(8, fc.record({ operator }), (world, details) => {
    const one = operatorAt(world, details.operator);
    if (one !== undefined) beat(world, one)();
  }),
  /** A heartbeat that is on its way for a while: later ones may be there first. */
  "beat late": action(2, fc.record({ operator }), (world, details) => {
    const one = operatorAt(world, details.operator);
    if (one !== undefined) world.postpone(beat(world, one));
  }),
  /** A heartbeat with a number far ahead: an operator's fault, or somebody else who has the key. */
  "beat far ahead": action(1, fc.record({ operator }), (world, details) => {
    const one = operatorAt(world, details.operator);
    if (one !== undefined) beat(world, one, 1_000_000_000)();
  }),
  renumber: action(1, fc.record({ operator }), (world, details) => operatorAt(world, details.operator)?.renumber()),
  /** An operator's clock is set wrong, or right. */
  clock: action(2, fc.record({ operator, ahead: fc.constantFrom(0, 0, 3, -3, 30, -30) }), (world, details) =>
    operatorAt(world, details.operator)?.setClock(details.ahead * 60_000),
  ),
  arrive: action(2, fc.constant({}), (world) => world.arrive()),
  register: action(1, fc.record({ operator }), (world, details) => {
    const one = operatorAt(world, details.operator);
    if (one !== undefined) register(world, one);
  }),
  /** A request arrives once more, just as it was. */
  repeat: action(4, fc.record({ pick }), (world, details) => {
    const sent = world.sent();
    const request = sent.at(-1 - (details.pick % Math.max(1, sent.length)));
    if (request !== undefined) world.send({ ...request, name: `again: ${request.name}` }, () => {});
  }),
  restart: action(1, fc.record({ operator }), (world, details) => operatorAt(world, details.operator)?.restart()),
  vanish: action(1, fc.record({ operator }), (world, details) => operatorAt(world, details.operator)?.vanish()),
  license: action(2, fc.record({ kind: fc.constantFrom(...LICENSE_KINDS) }), (world, details) => {
    world.state.license = details.kind;
  }),
  release: action(2, fc.record({ pick }), (world, details) => world.release(details.pick)),
  reap: action(2, fc.constant({}), (world) => world.reap()),
  /** What was frozen thaws. */
  thaw: action(2, fc.constant({}), (world) => world.letGo()),
  /** A deployment with other settings of seats. */
  settings: action(0, fc.record({ kind: fc.constantFrom(...SEAT_SETTINGS) }), (world, details) =>
    world.deploy(details.kind),
  ),
  /** The job that gives up silent operators and deletes idle floating seats. */
  "seat job": action(0, fc.constant({}), (world) => world.seatJob()),
};

/** How often what only some deployments have happens in histories of these. */
const OF_SEATS: Partial<Record<ActionName, number>> = { settings: 2, "seat job": 5 };

export type ActionName = keyof typeof ACTIONS;

type DetailsOf<Name extends ActionName> = (typeof ACTIONS)[Name] extends Action<infer Details> ? Details : never;

/** One thing that happens, as it is written down. */
export type Act = { [Name in ActionName]: { do: Name } & DetailsOf<Name> }[ActionName];

/** Any of what can happen, or any of the named. */
export const acts = (...names: readonly ActionName[]): fc.Arbitrary<Act> =>
  chosen(([name, { weight }]) => (names.length === 0 || names.includes(name) ? weight : 0));

/** Any of what can happen where a deployment changes how seats are taken. */
export const seatActs = (): fc.Arbitrary<Act> => chosen(([name, { weight }]) => OF_SEATS[name] ?? weight);

type Entry = [ActionName, Action<object>];

const chosen = (weightOf: (entry: Entry) => number): fc.Arbitrary<Act> =>
  fc.oneof(
    ...(Object.entries(ACTIONS) as Entry[]).flatMap((entry) => {
      const [name, { details }] = entry;
      const weight = weightOf(entry);
      return weight === 0 ? [] : [{ weight, arbitrary: details.map((one) => ({ do: name, ...one }) as Act) }];
    }),
  );

export const startAct = (world: World, act: Act): void => {
  const { start } = ACTIONS[act.do] as unknown as Action<Act>;
  start(world, act);
};
