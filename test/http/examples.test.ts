import { describe, expect, it } from "vitest";
import {
  AGENT_REQUEST_EXAMPLES,
  PATH_ID_EXAMPLES,
  QUERY_EXAMPLES,
  REQUEST_EXAMPLES,
} from "../../shared/contract/examples.ts";
import { RESPONSE_EXAMPLES } from "../../shared/contract/response-examples.ts";
import { expectSuccess, type ShapedRoute } from "../support/answers.ts";
import type { Answer } from "../support/app.ts";
import { type Server, serverPerTest } from "../support/server.ts";

const server = serverPerTest({ terms: { type: "enterprise", max_seats: 25, subscription_id: "sub_1042" } });
const { licensePost, sessionStart, heartbeat, sessionEnd } = REQUEST_EXAMPLES;

const at = (app: Server, time: string) => {
  app.clock.now = Date.parse(time);
};
const post = (path: string, body: object): Promise<Answer> => server().call("POST", path, { body });
const get = (path: string, query: Record<string, string>): Promise<Answer> =>
  server().call("GET", `${path}?${new URLSearchParams(query)}`);

describe("the examples of the contract", () => {
  it("are answered with success, one after the other: they tell one story", async () => {
    const app = server();
    at(app, "2026-11-20T07:59:00Z");
    expectSuccess("licensePost", await post("/api/v1/license", licensePost));

    at(app, sessionStart.sent_at);
    const started = expectSuccess("sessionStart", await post("/api/v1/sessions", sessionStart), 201);
    expect(started.seat).not.toBeNull();

    at(app, heartbeat.sent_at);
    const beat = expectSuccess("heartbeat", await post("/api/v1/heartbeat", heartbeat));
    expect(beat.accepted.toSorted()).toEqual([...RESPONSE_EXAMPLES.heartbeat.accepted].sort());
    expect([...beat.rejected, ...beat.denied, ...beat.unknown, ...beat.conflict]).toEqual([]);

    at(app, "2026-11-20T08:30:00Z");
    const list = expectSuccess("sessionList", await get("/api/v1/sessions", QUERY_EXAMPLES.sessionList));
    expect(list.sessions.map(({ id }) => id).toSorted()).toEqual([...heartbeat.sessions].sort());
    const operators = expectSuccess("operatorList", await get("/api/v1/operators", QUERY_EXAMPLES.operatorList));
    expect(operators.operators).toMatchObject([{ instance_id: heartbeat.instance_id, cluster: "staging-eu" }]);
    const summary = expectSuccess("seatList", await get("/api/v1/seats", QUERY_EXAMPLES.seatList));
    expect(summary).toMatchObject({ used: 1, max: 25 });

    const bearer = await app.accessToken(["sessions:delete", "sessions:deletecollection"]);
    const kill = (path: string) => app.call("DELETE", `/api/v1/sessions${path}`, { bearer });
    expect((await kill(`/${encodeURIComponent(PATH_ID_EXAMPLES.sessionKill)}`)).status).toBe(202);
    const killed = await kill(`?${new URLSearchParams(QUERY_EXAMPLES.sessionKillAll)}`);
    expect(expectSuccess("sessionKillAll", killed, 202).count).toBe(list.sessions.length);

    at(app, sessionEnd.sent_at);
    const ended = await post(`/api/v1/sessions/${encodeURIComponent(PATH_ID_EXAMPLES.sessionEnd)}/end`, sessionEnd);
    expect(expectSuccess("sessionEnd", ended)).toEqual(RESPONSE_EXAMPLES.sessionEnd);

    const report = expectSuccess("usageReport", await get("/api/v1/reports/usage", QUERY_EXAMPLES.usageReport));
    expect(report.allTimeMetrics).toMatchObject({ totalSessionCount: 1, totalCiSessionCount: 1 });
  });

  it("of an agent are answered with success, too", async () => {
    const app = server();
    at(app, "2026-11-20T08:04:00Z");
    const { server: release } = expectSuccess(
      "licensePost",
      await post("/api/v1/license", AGENT_REQUEST_EXAMPLES.licensePost),
    );
    expect(release.features).toContain("agent");
    const { heartbeat: agents } = AGENT_REQUEST_EXAMPLES;
    at(app, agents.sent_at);
    const beat = expectSuccess("heartbeat", await post("/api/v1/heartbeat", agents));
    expect(beat.accepted.toSorted()).toEqual(agents.started.map(({ session_id }) => session_id).toSorted());
    // The end of a session whose start nobody sent.
    expect(beat.rejected).toEqual([
      expect.objectContaining({ session_id: agents.ended[0].session_id, code: "NotFound" }),
    ]);
    expect([...beat.denied, ...beat.terminate, ...beat.unknown, ...beat.conflict]).toEqual([]);
  });

  it("show a listed session as the server shows it", async () => {
    const app = server();
    at(app, sessionStart.sent_at);
    await post("/api/v1/license", licensePost);
    await post("/api/v1/sessions", sessionStart);
    at(app, "2026-11-20T08:30:00Z");
    await post("/api/v1/heartbeat", { ...heartbeat, started: [], ended: [], changed: [] });
    const { sessions } = expectSuccess("sessionList", await server().call("GET", "/api/v1/sessions"));
    expect(sessions).toEqual(RESPONSE_EXAMPLES.sessionList.sessions);
  });

  it("of answers have the fields that the answers have", async () => {
    const names = Object.keys(RESPONSE_EXAMPLES) as ShapedRoute[];
    for (const name of names) {
      const example: Answer = {
        status: 200,
        headers: {
          "content-type": "application/json",
          "x-request-id": "1",
          "x-content-type-options": "nosniff",
          "cache-control": "no-store",
        },
        text: "",
        bytes: Buffer.from(""),
        json: RESPONSE_EXAMPLES[name],
      };
      expectSuccess(name, example);
    }
  });
});
