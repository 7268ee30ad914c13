import { describe, expect, it } from "vitest";
import { formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { leavingNoTrace, storedUnder } from "../../support/stored.ts";
import { endedEvent } from "../../support/wire.ts";

const server = serverPerTest({ terms: { max_seats: 1 } });
const operator = () => operatorAt(server());
const liveSessions = async () => expectSuccess("sessionList", await server().call("GET", "/api/v1/sessions")).sessions;
const seatsUsed = async () => expectSuccess("seatList", await server().call("GET", "/api/v1/seats")).used;

describe("a start in a heartbeat", () => {
  it("claims a seat as a call of its own would; again, it is accepted again and changes nothing", async () => {
    const op = operator();
    const body = expectSuccess("heartbeat", await op.beats(["s-1"], { started: [op.start("s-1")] }));
    expect(body).toMatchObject({ accepted: ["s-1"], denied: [], seats: { used: 1, max: 1, available: 0 } });
    const sessions = await storedUnder(server(), "SESSION#");
    const seats = await storedUnder(server(), "SEATS#");
    const again = expectSuccess("heartbeat", await op.beats(["s-1"], { started: [op.start("s-1")] }));
    expect(again.accepted).toEqual(["s-1"]);
    expect(await storedUnder(server(), "SESSION#")).toEqual(sessions);
    expect(await storedUnder(server(), "SEATS#")).toEqual(seats);
  });

  it("that finds no seat is a fact: recorded, and to be stopped", async () => {
    const op = operator();
    await op.starts("s-1", "ana");
    const body = expectSuccess("heartbeat", await op.beats(["s-1", "s-2"], { started: [op.start("s-2", "ben")] }));
    expect(body).toMatchObject({
      accepted: [],
      rejected: [],
      denied: [{ session_id: "s-2", code: "MaxSeatCountReached" }],
      terminate: ["s-2"],
      unknown: [],
    });
    expect((await liveSessions()).map(({ id }) => id).toSorted()).toEqual(["s-1", "s-2"]);
    expect(await seatsUsed()).toBe(1);
    const again = expectSuccess("heartbeat", await op.beats(["s-1", "s-2"], { started: [op.start("s-2", "ben")] }));
    expect(again).toMatchObject({ denied: [{ session_id: "s-2" }], terminate: ["s-2"] });
    const denials = (await storedUnder(server(), "SEATS#")).filter(({ sk }) => String(sk).startsWith("DENIAL#"));
    expect(denials).toEqual([expect.objectContaining({ denials: 1 })]);
  });

  it("of an id that is another client's is rejected as a conflict", async () => {
    const op = operator();
    await op.starts("s-1", "ana");
    const { rejected } = expectSuccess("heartbeat", await op.beats(["s-1"], { started: [op.start("s-1", "ben")] }));
    expect(rejected).toEqual([{ session_id: "s-1", code: "SessionConflict", detail: expect.any(String) }]);
  });

  it("that ended within the same heartbeat claims no seat; its time counts", async () => {
    const op = operator();
    server().clock.now += HOUR_MS;
    const started = [op.start("s-1", "ana", { started_at: formatTime(START) })];
    const ended = [{ session_id: "s-1", ended_at: formatTime(START + 30 * MINUTE_MS) }];
    expect(expectSuccess("heartbeat", await op.beats([], { started, ended })).accepted).toEqual(["s-1"]);
    expect(await seatsUsed()).toBe(0);
    expect(await liveSessions()).toEqual([]);
    const report = expectSuccess("usageReport", await server().call("GET", "/api/v1/reports/usage?format=json"));
    expect(report.allTimeMetrics).toMatchObject({ totalSessionCount: 1, totalSessionTimeSeconds: 1_800 });
  });
});

describe("an end in a heartbeat", () => {
  it("whose start is unknown and not with it is rejected as not found", async () => {
    const ended = [{ session_id: "s-1", ended_at: formatTime(START) }];
    const { rejected } = expectSuccess("heartbeat", await operator().beats([], { ended }));
    expect(rejected).toEqual([{ session_id: "s-1", code: "NotFound", detail: expect.any(String) }]);
  });

  it("that comes again, alone or twice in one heartbeat, is accepted and counts once", async () => {
    const ended = [endedEvent(START, "s-1"), endedEvent(START, "s-1")];
    for (let beat = 0; beat < 3; beat += 1)
      expect(expectSuccess("heartbeat", await operator().beats([], { ended })).accepted).toEqual(["s-1"]);
    const report = expectSuccess("usageReport", await server().call("GET", "/api/v1/reports/usage?format=json"));
    expect(report.allTimeMetrics).toMatchObject({ totalSessionCount: 1, totalSessionTimeSeconds: 60 });
  });
});

it("a beat that changes nothing leaves nothing behind but its own sign of life", async () => {
  const op = operator();
  await op.starts("s-1");
  await op.beats(["s-1"]);
  const { lease } = expectSuccess("heartbeat", await leavingNoTrace(server(), () => op.beats(["s-1"], { seq: 1 })));
  expect(lease).not.toBeNull();
});
