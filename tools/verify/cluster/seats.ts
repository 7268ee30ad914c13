import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../../../agent/wire/clock.ts";
import { type ClusterPlan, plainSession } from "../../simulate/cluster/plan.ts";
import { createStandIn, type StandIn } from "../../simulate/cluster/run.ts";
import { STOCK_WAITS } from "../../simulate/cluster/stage.ts";
import { workload } from "../../simulate/cluster/targets.ts";
import { createTeam } from "../../simulate/team.ts";
import { type Check, untilEmpty } from "./check.ts";
import { checkCalls } from "./rights.ts";
import { startWorld, type World } from "./world.ts";

const SEATS = 5;
const PEOPLE = 12;
// Longer than the check.
const LENGTH_MS = 600_000;
const SETTLE_SECONDS = 60;
const STEADY_SECONDS = 15;

/** A strict license with ENFORCE_SEATS=true: exactly the people with a seat keep their sessions, each other one gets an Event. */
export const checkSeats = async (check: Check, folder: string): Promise<void> => {
  const team = createTeam(`${check.seed}/seats`, { users: PEOPLE, operators: 1, runners: 1 });
  const [cluster] = team.clusters;
  const world = await startWorld(
    {
      programs: check.programs,
      folder,
      clusters: [cluster?.name ?? ""],
      terms: { type: "teams", max_seats: SEATS, subscription_id: "seats" },
      beatSeconds: check.size.beatSeconds,
      values: { enforceSeats: true },
    },
    check.say,
  );
  const interrupted = new AbortController();
  try {
    const plans = team.members.map((member, index): ClusterPlan => {
      const target = cluster?.targets[index % cluster.targets.length];
      if (target === undefined) throw new Error("the cluster has no target");
      const where = { cluster: 0, namespace: target.namespace, target: workload(target) };
      return plainSession(member.machines[0], where, { startsAt: index * 300, lengthMs: LENGTH_MS });
    });
    // A CI run takes no seat, so it must go on.
    const nowhere = { cluster: 0, namespace: "shop", target: undefined };
    plans.push({ ...plainSession(team.runners[0], nowhere, { startsAt: 0, lengthMs: LENGTH_MS }), ci: true });
    const behavior = {
      seed: check.seed,
      durationSeconds: LENGTH_MS / 1_000,
      restarts: 0,
      generation: "decimal" as const,
      waits: { ...STOCK_WAITS, keepMs: 5_000 },
    };
    const apis = world.clusters.map(({ admin }) => admin);
    const standIn = await createStandIn(apis, plans, behavior, { clock: systemClock, progress: check.say });
    await Promise.all(world.agents.map(({ daemon }) => daemon.start()));
    const play = standIn.play(interrupted.signal);
    try {
      for (const line of await untilEmpty(() => compareSeats(world, standIn), SETTLE_SECONDS)) check.fault(line);
      // Nobody else is stopped after that.
      await delay(STEADY_SECONDS * 1_000);
      for (const line of await compareSeats(world, standIn)) check.fault(`later: ${line}`);
      check.say(`${SEATS} of ${PEOPLE} people keep their sessions, ${PEOPLE - SEATS} were stopped, each with an Event`);
      for (const { cluster: place, values } of world.agents) checkCalls(check, place, values);
    } finally {
      interrupted.abort();
      await play;
      await standIn.close();
    }
  } finally {
    await world.stop();
  }
};

type SeatList = { used: number; seats: { client_hostname: string | null }[] };
type EventList = { items: { metadata: { namespace: string }; message?: string; source?: { component?: string } }[] };

const compareSeats = async (world: World, standIn: StandIn): Promise<string[]> => {
  const truth = standIn.truth();
  if (truth.length < PEOPLE + 1) return [`${truth.length} of ${PEOPLE + 1} sessions have begun`];
  const people = truth.filter(({ kind }) => kind === "user");
  const running = people.filter(({ closedAt }) => closedAt === undefined);
  const stopped = people.filter(({ closedAt }) => closedAt !== undefined);
  const { seats } = (await world.ask("GET", "/api/v1/seats")) as SeatList;
  const events = (await world.clusters[0]?.admin.expect("GET", "/api/v1/events")) as EventList;
  const withSeat = seats.map(({ client_hostname }) => client_hostname ?? "").sort();
  const withSession = running.map(({ owner }) => owner?.hostname ?? "").sort();
  const eventsIn = events.items.map(({ metadata }) => metadata.namespace).sort();
  const stoppedIn = stopped.map(({ namespace }) => namespace).sort();
  return [
    ...different("people with a seat and people with a session", withSeat, withSession),
    ...(withSeat.length === SEATS ? [] : [`${withSeat.length} seats are claimed, not ${SEATS}`]),
    ...different("namespaces of Events and of stopped sessions", eventsIn, stoppedIn),
    ...stopped.filter(({ reason }) => reason !== "Stopped").map(({ name, reason }) => `${name} ended as ${reason}`),
    ...(truth.some(({ kind, closedAt }) => kind === "ci" && closedAt !== undefined) ? ["the CI run was stopped"] : []),
  ];
};

const different = (what: string, a: readonly string[], b: readonly string[]): string[] =>
  a.join() === b.join() ? [] : [`${what} differ: ${a.join(" ")} and ${b.join(" ")}`];
