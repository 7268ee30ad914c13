import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { HeartbeatResponse, SeatListResponse, SessionStartResponse } from "../../../shared/contract/responses.ts";
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { openTable } from "../../cli/usage/open-table.ts";
import { checkSeatHistory, checkTable } from "./checks.ts";
import { runJob } from "./phase.ts";
import { createWorld, type Release, type World, type WorldOptions } from "./world.ts";

type Mode = {
  name: string;
  /** Of the deployment. */
  settings: Readonly<Record<string, string>>;
  /** Who has a seat once the mode is in force, and ana's session is the only one that runs. */
  kept: readonly string[];
  /** After how long without a session other users get the seat of another; undefined: never. */
  freeAfterMs?: number;
};

const EVERYBODY = ["ana", "ben", "cem"];

export const MODES: readonly Mode[] = [
  { name: "the plain mode", settings: {}, kept: EVERYBODY },
  { name: "idle days", settings: { SEATS_IDLE_DAYS: "3" }, kept: EVERYBODY, freeAfterMs: 3 * DAY_MS },
  { name: "floating seats", settings: { SEATS_MODE: "floating" }, kept: ["ana"], freeAfterMs: 15 * MINUTE_MS },
];

const SEATS = 3;
/** So long the earlier release is at work: fewer days than a seat must be idle. */
const DAYS_BEFORE = 2;

/**
 * Lets the earlier release give all seats away, and the current one go on with that table under a mode. Then the mode is the
 * plain one again, as before a rollback; the earlier release works with what it finds, and the current one goes on under the
 * mode. Ana's session runs all the time.
 */
export const checkMode = async (
  options: Pick<WorldOptions, "earlierRoot" | "currentRoot" | "folder">,
  mode: Mode,
): Promise<string[]> => {
  const clockPath = join(options.folder, "clock");
  writeFileSync(clockPath, "0");
  const world = await createWorld({ ...options, seats: SEATS, clockPath });
  try {
    return await liveThrough(world, clockPath, mode);
  } finally {
    await world.close();
  }
};

const liveThrough = async (world: World, clockPath: string, mode: Mode): Promise<string[]> => {
  const faults: string[] = [];
  const expect = (what: string, seen: unknown, wanted: unknown): void => {
    if (!isDeepStrictEqual(seen, wanted))
      faults.push(`${what}: ${JSON.stringify(seen)} instead of ${JSON.stringify(wanted)}`);
  };
  const team = teamOf(world, clockPath);
  const seats = async (release: Release["name"] = "current"): Promise<string[]> =>
    ((await team.call(release, "GET", "/api/v1/seats")).body as SeatListResponse).seats
      ?.map(({ client_username }) => client_username ?? "")
      .toSorted() ?? [];
  const expectSeats = async (when: string, wanted: readonly string[]): Promise<void> => {
    expect(`who has a seat ${when}`, await seats(), wanted.toSorted());
    if (mode.freeAfterMs !== undefined) expect(`live sessions of seats ${when}`, await liveOfSeats(world), team.live());
    expect(`refused ends and heartbeats ${when}`, team.refused.splice(0), []);
  };
  /** The settings come into force, and all functions and sessions obey them. */
  const deploy = async (settings: Mode["settings"]): Promise<void> => {
    for (let minutes = 0; minutes < 4; minutes += 1) {
      if (minutes % 3 === 0) await team.job("seatJob", settings);
      team.pass(MINUTE_MS);
      await team.beat("current");
    }
  };

  for (const user of EVERYBODY) expect(`a start of ${user}`, await team.start("earlier", user), 201);
  for (const user of ["ben", "cem"]) await team.end("earlier", user);
  expect("a start beyond the seats at the earlier release", await team.start("earlier", "dee"), 403);
  team.pass(DAYS_BEFORE * DAY_MS);
  await team.beat("earlier");

  await deploy(mode.settings);
  await team.job("dayClose");
  await expectSeats("after the upgrade", mode.kept);
  const free = SEATS - mode.kept.length;
  const taken = ["eve", "fay", "gil"].slice(0, free);
  for (const user of taken) expect(`a start of ${user} on a free seat`, await team.start("current", user), 201);
  expect("a start beyond the seats after the upgrade", await team.start("current", "hal"), 403);
  await expectSeats("with all seats taken", [...mode.kept, ...taken]);

  for (const user of taken) await team.end("current", user);
  team.pass((mode.freeAfterMs ?? DAY_MS) + 2 * MINUTE_MS);
  await team.beat("current");
  const next = mode.freeAfterMs === undefined ? [] : ["ida", "jon"];
  for (const user of next) expect(`a start of ${user} on an idle seat`, await team.start("current", user), 201);
  expect("a start without an idle seat", await team.start("current", "kim"), 403);
  await expectSeats("after the idle seats were taken over", next.length === 0 ? mode.kept : ["ana", ...next]);

  // The book of the period goes on where seats did not stay in it.
  for (const user of next) await team.end("current", user);
  await deploy({});
  team.pass(HOUR_MS);
  await team.beat("current");
  const back = mode.kept.length === 1 ? EVERYBODY : await seats();
  expect("who has a seat in the plain mode again", await seats(), back);
  expect("who has a seat after the rollback", await seats("earlier"), back);
  expect("a start of a holder after the rollback", await team.start("earlier", "ana", "ana-2"), 201);
  expect("a start beyond the seats after the rollback", await team.start("earlier", "lea"), 403);
  await team.beat("earlier");
  faults.push(...(await checkTable(world, team.aheadMs())));

  await deploy(mode.settings);
  await expectSeats("after the second upgrade", mode.kept.length === 1 ? ["ana"] : back);
  await team.end("current", "ana-2");
  await team.end("current", "ana");
  await expectSeats("after the last end", mode.kept.length === 1 ? ["ana"] : back);
  faults.push(...(await checkTable(world, team.aheadMs())));
  faults.push(...(await checkSeatHistory(world, { aheadMs: team.aheadMs(), holes: DAYS_BEFORE })));
  return faults;
};

/** One operator, and the sessions that it runs. */
const teamOf = (world: World, clockPath: string) => {
  const instance = "modes";
  const running = new Map<string, string>();
  const refused: object[] = [];
  let aheadMs = 0;
  let seq = 0;
  const now = (): number => Date.now() + aheadMs;
  const call = async (release: Release["name"], method: string, path: string, body?: object) => {
    const response = await fetch(`${world[release].server.url}${path}`, {
      method,
      headers: { "x-license-key": world.licenseKey, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as unknown };
  };
  return {
    call,
    /** Ends, and what heartbeats list, that a release did not accept. */
    refused,
    aheadMs: () => aheadMs,
    pass(ms: number): void {
      aheadMs += ms;
      writeFileSync(clockPath, String(aheadMs));
    },
    job: (job: "seatJob" | "dayClose", settings: Mode["settings"] = {}): Promise<void> =>
      runJob(world, { release: "current", job, settings, aheadMinutes: aheadMs / MINUTE_MS }),
    /** How many sessions each user has running. */
    live: (): Record<string, number> =>
      Object.fromEntries(
        [...Map.groupBy(running.values(), (user) => user)].map(([user, sessions]) => [user, sessions.length]),
      ),
    async start(release: Release["name"], user: string, id = user): Promise<number> {
      const { status, body } = await call(release, "POST", "/api/v1/sessions", {
        session_id: id,
        instance_id: instance,
        started_at: formatTime(now()),
        client: { id: `SHA256:${user}`, hostname: `${user}-laptop`, username: user, kubernetes_username: user },
        target: { namespace: "modes", kind: "deployment", name: "modes" },
      });
      if (status === 201 && (body as SessionStartResponse).seat !== null) running.set(id, user);
      if (status >= 400 && status !== 403) refused.push({ start: id, release, status, body });
      return status;
    },
    async end(release: Release["name"], id: string): Promise<void> {
      const { status, body } = await call(release, "POST", `/api/v1/sessions/${id}/end`, {
        ended_at: formatTime(now()),
      });
      if (status !== 200) refused.push({ end: id, release, status, body });
      running.delete(id);
    },
    async beat(release: Release["name"]): Promise<void> {
      seq += 1;
      const { status, body } = await call(release, "POST", "/api/v1/heartbeat", {
        instance_id: instance,
        operator_version: "3.187.0",
        cluster_name: "modes",
        seq,
        sent_at: formatTime(now()),
        sessions: [...running.keys()],
      });
      const { unknown, denied, terminate } = body as HeartbeatResponse;
      if (status !== 200 || unknown.length + denied.length + terminate.length > 0)
        refused.push({ status, unknown, denied, terminate });
    },
  };
};

/** How many live sessions the seats of the books in use count, by user, without those that count none. */
const liveOfSeats = async (world: World): Promise<Record<string, number>> => {
  const { scan, close } = await openTable(
    { table: world.tableName, endpoint: world.endpoint, retentionDays: 1_825 },
    process.env,
  );
  try {
    const counted: Record<string, number> = {};
    for await (const page of scan())
      for (const { sk, live, clientUsername } of page)
        if (String(sk).startsWith("SEAT#") && Number(live ?? 0) > 0) counted[String(clientUsername)] = Number(live);
    return counted;
  } finally {
    await close();
  }
};
