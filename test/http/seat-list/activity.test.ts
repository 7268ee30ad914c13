import { describe, expect, it } from "vitest";
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { StoreUnavailable } from "../../../shared/store/table.ts";
import { expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { clientOf } from "../../support/wire.ts";

const server = serverPerTest({ terms: { max_seats: 3, subscription_id: "sub-1" } });

const starts = async (under: ReturnType<typeof operatorAt>, sessionId: string, user: string, changes: object = {}) =>
  expectSuccess("sessionStart", await under.starts(sessionId, user, { ...changes }), 201);
const beats = async (under: ReturnType<typeof operatorAt>, sessions: readonly string[], changes: object = {}) =>
  expectSuccess("heartbeat", await under.beats(sessions, { ...changes }));
const seats = async () => expectSuccess("seatList", await server().call("GET", "/api/v1/seats")).seats ?? [];
const at = (ms: number) => formatTime(START + ms);

describe("the activity of a seat", () => {
  it("goes on while its user's session runs: it was last seen by the last heartbeat that listed it", async () => {
    const app = server();
    const under = operatorAt(app);
    await starts(under, "s-1", "ana");
    expect(await seats()).toMatchObject([{ last_seen: at(0), live_sessions: 1 }]);
    for (const hours of [1, 2, 3]) {
      app.clock.now = START + hours * HOUR_MS;
      await beats(under, ["s-1"]);
    }
    app.clock.now += MINUTE_MS;
    expect(await seats()).toMatchObject([{ last_seen: at(3 * HOUR_MS), live_sessions: 1 }]);
  });

  it("is that of the user's sessions at all operators together, CI sessions apart", async () => {
    const app = server();
    const [one, other] = [operatorAt(app, "op-1"), operatorAt(app, "op-2")];
    await starts(one, "s-1", "ana");
    await starts(one, "s-2", "ana");
    await starts(other, "s-3", "ana");
    await starts(other, "s-ci", "ana", { ci: true });
    await starts(other, "s-4", "ben");
    app.clock.now += MINUTE_MS;
    await beats(one, ["s-1", "s-2"]);
    app.clock.now += MINUTE_MS;
    await beats(other, ["s-3", "s-ci", "s-4"]);
    expect(
      (await seats())
        .map(({ client_username, live_sessions, last_seen }) => [client_username, live_sessions, last_seen])
        .sort(),
    ).toEqual([
      ["ana", 3, at(2 * MINUTE_MS)],
      ["ben", 1, at(2 * MINUTE_MS)],
    ]);
  });

  it("ends with the user's last session, whether its end comes alone or in a heartbeat", async () => {
    const app = server();
    const under = operatorAt(app);
    await starts(under, "s-1", "ana");
    await starts(under, "s-2", "ben");
    app.clock.now = START + 5 * HOUR_MS;
    expectSuccess("sessionEnd", await under.ends("s-1"));
    const ended = [{ session_id: "s-2", ended_at: at(4 * HOUR_MS) }];
    await beats(under, [], { ended });
    app.clock.now += HOUR_MS;
    await beats(under, []);
    expect((await seats()).map(({ live_sessions, last_seen }) => [live_sessions, last_seen]).sort()).toEqual([
      [0, at(4 * HOUR_MS)],
      [0, at(5 * HOUR_MS)],
    ]);
  });

  it("never goes back: an end that comes late, of a session that ended earlier, leaves it as it is", async () => {
    const app = server();
    const under = operatorAt(app);
    await starts(under, "s-1", "ana");
    await starts(under, "s-2", "ana");
    app.clock.now = START + 5 * HOUR_MS;
    expectSuccess("sessionEnd", await under.ends("s-2"));
    expectSuccess("sessionEnd", await under.ends("s-1", { ended_at: at(HOUR_MS) }));
    expect(await seats()).toMatchObject([{ last_seen: at(5 * HOUR_MS), live_sessions: 0 }]);
  });

  it("stays where a session that is lost was listed last", async () => {
    const app = server();
    const under = operatorAt(app);
    await starts(under, "s-1", "ana");
    app.clock.now = START + HOUR_MS;
    await beats(under, ["s-1"]);
    for (const minute of [1, 2, 3]) {
      app.clock.now = START + HOUR_MS + minute * MINUTE_MS;
      await beats(under, []);
    }
    expect(await seats()).toMatchObject([{ last_seen: at(HOUR_MS), live_sessions: 0 }]);
  });

  it("stays where the operator was heard of last, when that one is given up", async () => {
    const app = server();
    const under = operatorAt(app);
    await starts(under, "s-1", "ana");
    app.clock.now = START + HOUR_MS;
    await beats(under, ["s-1"]);
    app.clock.now += 49 * HOUR_MS;
    await app.invoke("reaper");
    expect(await seats()).toMatchObject([{ last_seen: at(HOUR_MS), live_sessions: 0 }]);
  });
});

describe("the names of a seat", () => {
  const renamed = { ...clientOf("ana"), hostname: "new-laptop", username: "ana.lima" };

  it("are those of the session that started last, while it runs and after it", async () => {
    const app = server();
    const under = operatorAt(app);
    await starts(under, "s-1", "ana");
    app.clock.now += MINUTE_MS;
    await starts(under, "s-2", "ana", { client: renamed });
    const shown = { client_hostname: "new-laptop", client_username: "ana.lima" };
    expect(await seats()).toMatchObject([shown]);
    app.clock.now += MINUTE_MS;
    expectSuccess("sessionEnd", await under.ends("s-1"));
    app.clock.now += MINUTE_MS;
    expectSuccess("sessionEnd", await under.ends("s-2"));
    expect(await seats()).toMatchObject([{ ...shown, live_sessions: 0 }]);
  });
});

describe("an end that cannot note the activity of its seat", () => {
  let failing = false;
  const failingAt = serverPerTest({
    terms: { max_seats: 3, subscription_id: "sub-1" },
    around: (table, name) =>
      name === "sessions"
        ? {
            ...table,
            write: async (write) => {
              const { pk } = write.kind === "put" ? write.item : write.key;
              if (failing && pk.startsWith("SEATS#")) throw new StoreUnavailable("an outage");
              return table.write(write);
            },
          }
        : table,
  });

  it("is recorded all the same, and the job that closes the day makes good for it", async () => {
    const app = failingAt();
    const under = operatorAt(app);
    await starts(under, "s-1", "ana");
    app.clock.now = START + HOUR_MS;
    failing = true;
    expectSuccess("sessionEnd", await under.ends("s-1"));
    failing = false;
    const lastSeen = async () =>
      expectSuccess("seatList", await app.call("GET", "/api/v1/seats")).seats?.map(({ last_seen }) => last_seen);
    expect(await lastSeen()).toEqual([at(0)]);
    app.clock.now += DAY_MS;
    await app.invoke("dayClose");
    expect(await lastSeen()).toEqual([at(HOUR_MS)]);
  });
});
