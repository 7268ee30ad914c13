import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { canBeat, type Dialect, translate, versionFor } from "../../../agent/loop/dialect.ts";
import type { HeartbeatRequest, SessionStart } from "../../../agent/wire/bodies.ts";
import { FEATURES } from "../../../shared/contract/server.ts";
import { formatTime, SECOND_MS } from "../../../shared/contract/time.ts";
import { readReport } from "./phase.ts";
import type { Release, World } from "./world.ts";

/** What an earlier release cannot count of what an agent reports. The check shows that this is all. */
export const NOT_COUNTED = [
  "preview environments, as such: each counts as a CI session of the client `preview`, and takes no seat",
  "children of multi-cluster sessions: only their parent counts, with what its own start says",
  "inferred ends, as such: each counts as a reported end, so a session that turns out to run counts until that end",
];

type Answer = {
  accepted: string[];
  denied: { session_id: string }[];
  rejected: object[];
  unknown: string[];
  list?: string;
  superseded?: boolean;
  server?: { features: string[] };
};

/**
 * Lets an agent report to the earlier release, as agents of this release do there, then to the current one after an upgrade,
 * and then to the earlier one again. Compares what both count with the truth.
 */
export const checkAgent = async (world: World): Promise<string[]> => {
  const faults: string[] = [];
  const expect = (what: string, seen: unknown, wanted: unknown): void => {
    if (!isDeepStrictEqual(seen, wanted))
      faults.push(`${what}: ${JSON.stringify(seen)} instead of ${JSON.stringify(wanted)}`);
  };
  const agent = agentOf(world, expect);
  const before = await counted(world);

  await agent.register("earlier");
  expect("an agent takes the earlier release for one that knows agents", agent.dialect(), "before");
  expect("an agent sends the earlier release a heartbeat without a list", canBeat(agent.dialect(), undefined), false);
  const [person, parent] = [agent.start("user"), agent.start("user", { parent_id: undefined })];
  const [ci, preview] = [agent.start("ci"), agent.start("preview", { client: undefined })];
  const starts = [person, parent, ci, preview];
  const ids = starts.map(({ session_id }) => session_id);
  const told = await agent.beat("earlier", { sessions: ids, started: starts, children: [agent.childOf(parent)] });
  // Seats may be taken by now. A denied session is recorded, too.
  expect("starts that the earlier release records", recordedIn(told), ids.toSorted());
  const inferred = { session_id: ci.session_id, ended_at: formatTime(Date.now()), inferred: true };
  const rest = ids.filter((id) => id !== ci.session_id);
  await agent.beat("earlier", { sessions: rest, ended: [inferred] });
  expect("what the earlier release counts of an inferred end", minus(await counted(world), before), {
    people: 0,
    ci: 1,
  });

  await agent.register("current");
  expect("the dialect after the upgrade", agent.dialect(), "current");
  const silent = await agent.beat("current", { sessions: undefined });
  expect("the list of a heartbeat without one", silent.list, "absent");
  const next = agent.start("preview", { client: undefined });
  const all = [...rest, next.session_id];
  const listed = await agent.beat("current", { sessions: all, started: [next], children: [agent.childOf(parent)] });
  expect("sessions that the current release does not know after the upgrade", listed.unknown, []);
  expect("starts that the current release accepts", listed.accepted, [next.session_id]);

  // A server may be rolled back. The agent then registers again.
  await agent.register("earlier");
  const ended = all.map((session_id) => ({ session_id, ended_at: formatTime(Date.now()) }));
  const over = await agent.beat("earlier", { sessions: [], ended });
  expect("ends that the earlier release accepts", over.accepted.toSorted(), all.toSorted());
  // Two people's sessions; one CI session and two previews.
  expect("what the earlier release counts", minus(await counted(world), before), { people: 2, ci: 3 });
  return faults;
};

const recordedIn = ({ accepted, denied }: Answer): string[] =>
  [...accepted, ...denied.map(({ session_id }) => session_id)].sort();

type Expect = (what: string, seen: unknown, wanted: unknown) => void;

const agentOf = (world: World, expect: Expect) => {
  const clusterId = randomUUID();
  const head = {
    instance_id: `cluster-${clusterId}`,
    cluster_id: clusterId,
    cluster_name: "upgrade-agent",
    agent: {
      ...{ version: "0.3.0", process_id: randomUUID() },
      ...{ enforces: false, applies_catalog: false, kills_previews: false },
    },
  };
  let dialect: Dialect = "unknown";
  let seq = 0;
  const post = async (release: Release["name"], path: string, body: object): Promise<Answer> => {
    const response = await fetch(`${world[release].server.url}${path}`, {
      method: "POST",
      headers: { "x-license-key": world.licenseKey, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (response.status === 400 && release === "earlier" && dialect !== "before") {
      dialect = "before";
      return post(release, path, { ...body, ...versionFor(dialect, undefined) });
    }
    if (!response.ok) throw new Error(`${path} of the ${release} release: ${response.status} ${await response.text()}`);
    return (await response.json()) as Answer;
  };
  return {
    dialect: () => dialect,
    register: async (release: Release["name"]): Promise<void> => {
      const { server } = await post(release, "/api/v1/license", { ...head, ...versionFor(dialect, undefined) });
      dialect = server === undefined ? "before" : "current";
      if (server !== undefined) expect("the features of the current release", server.features, [...FEATURES]);
      seq = Date.now();
    },
    beat: (release: Release["name"], events: Partial<HeartbeatRequest>): Promise<Answer> => {
      seq += 1;
      const sentAt = formatTime(Date.now());
      const request = { ...head, ...versionFor(dialect, undefined), seq, sent_at: sentAt, ...events };
      return post(release, "/api/v1/heartbeat", translate(dialect, request as HeartbeatRequest));
    },
    start: (kind: "user" | "ci" | "preview", changes: Partial<SessionStart> = {}): SessionStart => ({
      session_id: `${kind}-${randomUUID()}`,
      instance_id: head.instance_id,
      started_at: formatTime(Date.now() - 30 * SECOND_MS),
      session_kind: kind,
      ci: kind !== "user",
      client: { id: "upgrade-agent", hostname: "laptop", username: "ana", kubernetes_username: "ana" },
      target: { namespace: "upgrade", kind: "deployment", name: "agent" },
      ...changes,
    }),
    childOf: ({ session_id }: SessionStart) => ({
      ...{ session_id: `child-${randomUUID()}`, parent_id: session_id, session_kind: "user" as const },
    }),
  };
};

const counted = async (world: World) => {
  const { totalSessionCount, totalCiSessionCount } = (await readReport(world, "earlier")).allTimeMetrics;
  return { people: totalSessionCount, ci: totalCiSessionCount };
};

const minus = (one: { people: number; ci: number }, other: { people: number; ci: number }) => ({
  people: one.people - other.people,
  ci: one.ci - other.ci,
});
