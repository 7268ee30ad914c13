import type { StandIn } from "../../simulate/cluster/run.ts";
import type { OpenSession } from "../../simulate/cluster/stage.ts";
import { type Check, untilEmpty } from "./check.ts";
import { readLive, sessionIdOf } from "./live.ts";
import { KILLED } from "./plans.ts";
import type { World } from "./world.ts";

// The stand-in looks once a second whether a preview was deleted.
const SLACK_SECONDS = 2;
const LISTED_SECONDS = 30;

/** A kill on the license server reaches the object within one interval, in every cluster and for every kind. */
export const checkKills = async (check: Check, world: World, standIn: StandIn): Promise<void> => {
  const sessions = standIn.clusters
    .flatMap(({ name, open }) => [...open.values()].filter(({ truth }) => truth.cluster === name))
    .filter(({ truth }) => truth.key === KILLED);
  await Promise.all(sessions.map((session) => killOne(check, world, session)));
};

const killOne = async ({ size, fault, say }: Check, world: World, session: OpenSession): Promise<void> => {
  const { truth } = session;
  const id = sessionIdOf(session);
  const what = `${truth.object} of ${truth.cluster}`;
  const unlisted = async () =>
    (await readLive(world)).some((live) => live.id === id) ? [] : [`${what} ${id} is not listed`];
  for (const line of await untilEmpty(unlisted, LISTED_SECONDS)) fault(line);
  const began = Date.now();
  await world.ask("DELETE", `/api/v1/sessions/${encodeURIComponent(id)}`);
  const open = async () =>
    truth.closedAt === undefined ? [`a kill did not reach the ${what} within one interval`] : [];
  for (const line of await untilEmpty(open, size.beatSeconds + SLACK_SECONDS)) fault(line);
  if (truth.closedAt === undefined) return;
  const expected = truth.object === "PreviewSession" ? "deleted" : "Stopped";
  if (truth.reason !== expected) fault(`the ${what} ended as ${truth.reason}, not as ${expected}`);
  else say(`a kill reached the ${what} after ${((truth.closedAt - began) / 1_000).toFixed(1)} s`);
};
