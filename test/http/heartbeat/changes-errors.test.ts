import { describe, expect, it } from "vitest";
import { expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";

const server = serverPerTest();
const operator = () => operatorAt(server());
const liveSessions = async () => expectSuccess("sessionList", await server().call("GET", "/api/v1/sessions")).sessions;

describe("changed ports", () => {
  const ports = [{ port: 9_090, kind: "mirror", filter: "x: y" }];
  const change = (id: string) => ({ changed: [{ session_id: id, locked_ports: ports }] });

  it("of a live session are listed from then on, and can be let go of", async () => {
    const op = operator();
    await op.starts("s-1", "ana", { locked_ports: [{ port: 8_080, kind: "steal" }] });
    expect(expectSuccess("heartbeat", await op.beats(["s-1"], change("s-1"))).accepted).toEqual(["s-1"]);
    expect(await liveSessions()).toMatchObject([{ id: "s-1", locked_ports: ports }]);
    await op.beats(["s-1"], { changed: [{ session_id: "s-1", locked_ports: [] }] });
    expect(await liveSessions()).toMatchObject([{ locked_ports: [] }]);
  });

  it("of a session that is over or another's are no news: accepted, and nothing changes", async () => {
    const op = operator();
    await op.starts("over");
    await op.ends("over");
    await operatorAt(server(), "op-2").starts("others", "ana");
    await op.beats([]);
    const sessions = await storedUnder(server(), "SESSION#");
    expect(expectSuccess("heartbeat", await op.beats([], change("over"))).accepted).toEqual(["over"]);
    expect(expectSuccess("heartbeat", await op.beats([], change("others"))).accepted).toEqual(["others"]);
    expect(await storedUnder(server(), "SESSION#")).toEqual(sessions);
  });

  it("that are none are rejected", async () => {
    const op = operator();
    await op.starts("s-1");
    const changed = [{ session_id: "s-1", locked_ports: [{ port: 0, kind: "steal" }] }];
    const { rejected } = expectSuccess("heartbeat", await op.beats(["s-1"], { changed }));
    expect(rejected).toEqual([
      { session_id: "s-1", code: "BadRequest", detail: expect.stringContaining("changed.0.locked_ports.0.port") },
    ]);
  });
});

describe("an operator's errors", () => {
  const kept = serverPerTest({ env: { RETENTION_OPERATOR_ERRORS_DAYS: "7" } });
  const error = { timestamp: "2026-11-09T23:59:59.000Z", error: "agent pod did not become ready" };

  it("are kept for their retention, with who had them under which license", async () => {
    await operatorAt(kept()).beats([], { errors: [error] });
    const { fingerprint } = (await kept().call("GET", "/api/v1/license")).json.license;
    expect(await storedUnder(kept(), "ERRORS#2026-11-09")).toEqual([
      expect.objectContaining({
        time: error.timestamp,
        error: error.error,
        instanceId: "op-1",
        operatorVersion: "3.130.0",
        licenseHash: fingerprint,
        expiresAt: START / 1_000 + 7 * 86_400,
      }),
    ]);
  });

  it("that come again add nothing", async () => {
    const op = operatorAt(kept());
    await op.beats([], { errors: [error, error] });
    await op.beats([], { errors: [error] });
    expect(await storedUnder(kept(), "ERRORS#")).toHaveLength(1);
  });

  it("with a fault are rejected, without a session's id; the others are kept", async () => {
    const errors = [
      { timestamp: "yesterday", error: "x" },
      { timestamp: error.timestamp, error: "e".repeat(4_097) },
      { timestamp: error.timestamp, error: "e".repeat(4_096) },
    ];
    const { rejected } = expectSuccess("heartbeat", await operatorAt(kept()).beats([], { errors }));
    expect(rejected).toEqual([
      { session_id: null, code: "BadRequest", detail: expect.stringContaining("errors.0.timestamp") },
      { session_id: null, code: "BadRequest", detail: expect.stringContaining("errors.1.error") },
    ]);
    expect(await storedUnder(kept(), "ERRORS#")).toHaveLength(1);
  });
});
