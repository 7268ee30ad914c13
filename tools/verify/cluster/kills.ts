import type { SessionTruth } from "../../simulate/cluster/record.ts";
import type { StandIn } from "../../simulate/cluster/run.ts";
import type { OpenSession } from "../../simulate/cluster/stage.ts";
import { type Check, untilEmpty } from "./check.ts";
import { readLive, sessionIdOf } from "./live.ts";
import type { World } from "./world.ts";

const OBJECTS: readonly SessionTruth["object"][] = [
  "MirrordClusterSession",
  "MirrordMultiClusterSession",
  "PreviewSession",
];
const ATTEMPTS = 8;
// The stand-in looks once a second whether a preview was deleted.
const SLACK_SECONDS = 2;

/** A kill on the license server reaches an object of each kind within one interval. */
export const checkKills = async (check: Check, world: World, standIn: StandIn): Promise<void> => {
  for (const object of OBJECTS) {
    const took = await killOne(check, world, standIn, object);
    if (took === undefined) check.fault(`no ${object} could be killed within one interval`);
    else check.say(`a kill reached a ${object} after ${took.toFixed(1)} s`);
  }
};

/** Seconds from the kill to the close. Undefined if none of several was closed for the kill. */
const killOne = async (
  { size }: Check,
  world: World,
  standIn: StandIn,
  object: SessionTruth["object"],
): Promise<number | undefined> => {
  const tried = new Set<SessionTruth>();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const session = await findLive(world, standIn, object, tried);
    if (session === undefined) continue;
    const { truth } = session;
    tried.add(truth);
    const began = Date.now();
    await world.ask("DELETE", `/api/v1/sessions/${encodeURIComponent(sessionIdOf(session))}`);
    const open = async () => (truth.closedAt === undefined ? ["the session is open"] : []);
    await untilEmpty(open, size.beatSeconds + SLACK_SECONDS);
    if (truth.closedAt === undefined) return undefined;
    // It may have ended for another reason meanwhile: that proves nothing.
    if (truth.reason === "Stopped" || (object === "PreviewSession" && truth.reason === "deleted")) {
      return (truth.closedAt - began) / 1_000;
    }
  }
  return undefined;
};

/** The youngest connected session of a kind that the license server lists. */
const findLive = async (
  world: World,
  standIn: StandIn,
  object: SessionTruth["object"],
  tried: ReadonlySet<SessionTruth>,
): Promise<OpenSession | undefined> => {
  let found: OpenSession | undefined;
  const look = async (): Promise<string[]> => {
    const live = new Set((await readLive(world)).map(({ id }) => id));
    found = standIn.clusters
      .flatMap(({ open }) => [...open.values()])
      .filter(
        ({ truth }) => truth.object === object && truth.connected && truth.endedAt === undefined && !tried.has(truth),
      )
      .filter((session) => live.has(sessionIdOf(session)))
      .sort((a, b) => b.truth.startedAt - a.truth.startedAt)[0];
    return found === undefined ? [`no ${object} is live`] : [];
  };
  await untilEmpty(look, LOOK_SECONDS);
  return found;
};

const LOOK_SECONDS = 15;
