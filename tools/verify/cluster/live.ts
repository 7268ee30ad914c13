import type { StandIn } from "../../simulate/cluster/run.ts";
import type { OpenSession } from "../../simulate/cluster/stage.ts";
import { type Check, untilEmpty } from "./check.ts";
import { WITH_PORTS } from "./plans.ts";
import type { World } from "./world.ts";

/** One session of the license server's live list. */
export type LiveSession = {
  id: string;
  namespace: string;
  user_id?: string;
  cluster?: string;
  locked_ports?: { port: number; kind: string }[];
};

/** The whole live list, page by page. */
export const readLive = async ({ ask }: World): Promise<LiveSession[]> => {
  const sessions: LiveSession[] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const query = cursor === undefined ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    const page = (await ask("GET", `/api/v1/sessions${query}`)) as { sessions: LiveSession[]; next: string | null };
    sessions.push(...page.sessions);
    cursor = page.next ?? undefined;
  }
  return sessions;
};

/** The id under which an agent reports an object. */
export const sessionIdOf = ({ truth }: Pick<OpenSession, "truth">): string => {
  if (truth.kind === "preview") return `preview.${truth.uid}`;
  if (truth.object === "MirrordMultiClusterSession") return truth.name;
  return `${truth.name}.${truth.uid.slice(0, 8)}`;
};

// The agent reports an event after half a second, at most every two seconds, and reads the ports every 30 s.
const EVENT_MS = 6_000;
const PORTS_MS = 40_000;
const LIVE_SECONDS = 60;

/** The live list must show every session that is open, and no other. After a while it must also show their ports. */
export const checkLive = async (check: Check, world: World, standIn: StandIn): Promise<void> => {
  let compared = 0;
  let withPorts = 0;
  const compare = async (): Promise<string[]> => {
    const before = openSessions(standIn);
    const live = new Map((await readLive(world)).map((session) => [session.id, session]));
    const after = openSessions(standIn);
    const now = Date.now();
    const stable = [...before.values()].filter(
      (session) => after.has(sessionIdOf(session)) && now - session.truth.startedAt > EVENT_MS,
    );
    compared = stable.length;
    const missing = stable.filter((session) => !live.has(sessionIdOf(session)));
    const over = [...live.keys()].filter((id) => !before.has(id) && !after.has(id) && !justClosed(standIn, id, now));
    const old = stable.filter(({ truth }) => truth.kind !== "preview" && now - truth.startedAt > PORTS_MS);
    withPorts = old.filter(({ truth }) => truth.key === WITH_PORTS).length;
    const otherPorts = old.filter((session) => portsOf(live.get(sessionIdOf(session))) !== portsOf(session.truth));
    return [
      ...missing.map((session) => `${sessionIdOf(session)} is open and not in the live list`),
      ...over.map((id) => `${id} is in the live list and not open`),
      ...otherPorts.map((session) => `the live list has other ports of ${sessionIdOf(session)}`),
      ...(withPorts < standIn.clusters.length ? ["the sessions with locked ports are not old enough yet"] : []),
    ];
  };
  for (const line of await untilEmpty(compare, LIVE_SECONDS)) check.fault(line);
  check.say(`the live list equals the objects: ${compared} sessions, ${withPorts} of them compared with locked ports`);
};

const openSessions = ({ clusters }: StandIn): Map<string, OpenSession> =>
  new Map(
    clusters.flatMap(({ open }) => [...open.values()].map((session) => [sessionIdOf(session), session] as const)),
  );

const justClosed = (standIn: StandIn, id: string, now: number): boolean =>
  standIn.truth().some((truth) => sessionIdOf({ truth }) === id && now - (truth.closedAt ?? now) < EVENT_MS);

const portsOf = (session?: { locked_ports?: Port[]; lockedPorts?: readonly Port[] }): string =>
  (session?.locked_ports ?? session?.lockedPorts ?? [])
    .map(({ port, kind }) => `${port} ${kind}`)
    .sort()
    .join(",");

type Port = { port: number; kind: string };
