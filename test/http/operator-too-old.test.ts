import { describe, expect, it } from "vitest";
import { MINUTE_MS } from "../../shared/contract/time.ts";
import { agentAt } from "../support/agent.ts";
import { expectProblem, expectSuccess } from "../support/answers.ts";
import { operatorAt } from "../support/operator.ts";
import { serverPerTest } from "../support/server.ts";
import { storedUnder } from "../support/stored.ts";

const server = serverPerTest({ terms: { min_operator_version: "3.120.0" } });

describe("below the license's minimum, an operator", () => {
  it.each(["3.119.9", "3.120.0-rc.1", "2.999.0", "v3.119.0", "3.119.9+newer"])(
    "of %s gets no license, and is told which version would",
    async (operator_version) => {
      const answer = expectProblem(await operatorAt(server()).registers({ operator_version }), 403, "OperatorTooOld");
      expect(answer.json.detail).toContain("3.120.0");
      expect(answer.text).not.toContain("CERTIFICATE");
      expect(await storedUnder(server(), "OPERATORS")).toEqual([]);
    },
  );

  it("does not keep its agent from its license, whether the agent names its version or not", async () => {
    for (const operator_version of ["3.119.0", undefined]) {
      const agent = agentAt(server());
      expectSuccess("licensePost", await agent.registers({ operator_version }));
      const started = [agent.start(`s-${operator_version}`)];
      const body = expectSuccess("heartbeat", await agent.beats(undefined, { operator_version, started }));
      expect(body).toMatchObject({ accepted: [`s-${operator_version}`], denied: [] });
    }
    expect(
      server().logs.filter(({ message }) => message === "operator is older than the license requires"),
    ).toHaveLength(1);
  });

  it("starts no session, of CI neither, and claims no seat", async () => {
    const operator = operatorAt(server());
    await operator.beats([], { operator_version: "3.119.0" });
    for (const ci of [false, true]) expectProblem(await operator.starts("s-1", "ana", { ci }), 403, "OperatorTooOld");
    expect(await storedUnder(server(), "SESSION#")).toEqual([]);
    const { used } = expectSuccess("seatList", await server().call("GET", "/api/v1/seats?summary=true"));
    expect(used).toBe(0);
  });

  it("has its heartbeats taken with all they tell, and its sessions ended", async () => {
    const operator = operatorAt(server());
    const old = { operator_version: "3.119.0" };
    const told = await operator.beats(["s-1"], { ...old, started: [operator.start("s-1")] });
    const body = expectSuccess("heartbeat", told);
    expect(body).toMatchObject({ accepted: ["s-1"], denied: [], terminate: [], lease: { token: expect.any(String) } });
    server().clock.now += MINUTE_MS;
    expect(expectSuccess("sessionEnd", await operator.ends("s-1")).duration_secs).toBe(60);
  });

  it("that ran before the license asked for more is refused new sessions only", async () => {
    await server().setLicense({});
    const operator = operatorAt(server());
    expectSuccess("licensePost", await operator.registers({ operator_version: "3.119.0" }));
    expectSuccess("sessionStart", await operator.starts("s-1"), 201);
    await server().setLicense({ min_operator_version: "3.120.0" });
    server().clock.now += MINUTE_MS;
    const body = expectSuccess("heartbeat", await operator.beats(["s-1"], { operator_version: "3.119.0" }));
    expect(body.terminate).toEqual([]);
    expectProblem(await operator.starts("s-2"), 403, "OperatorTooOld");
  });
});

describe("an operator is let in", () => {
  it.each(["3.120.0", "3.120.1-rc.1", "4.0.0", "v3.120.0"])("with version %s", async (operator_version) => {
    const operator = operatorAt(server());
    expectSuccess("licensePost", await operator.registers({ operator_version }));
    expectSuccess("sessionStart", await operator.starts("s-1"), 201);
  });

  it.each(["dev", "3.120", "sha-1a2b3c4"])(
    "with a version that nobody can compare, and logged: %s",
    async (version) => {
      const operator = operatorAt(server());
      expectSuccess("licensePost", await operator.registers({ operator_version: version }));
      expectSuccess("sessionStart", await operator.starts("s-1"), 201);
      const lines = server().logs.filter(({ message }) => message === "operator version cannot be compared");
      expect(lines).toHaveLength(2);
      expect(lines[0]).toMatchObject({ level: "WARN", operator_version: version, instance_id: "op-1" });
    },
  );

  it("to start sessions where it has not been heard of", async () => {
    expectSuccess("sessionStart", await operatorAt(server()).starts("s-1"), 201);
  });

  it("whatever its version where the license has no minimum, at the cost of no read", async () => {
    const reads = () => server().consumed.filter(({ operation }) => operation === "GetItem").length;
    const readsOfStart = async (sessionId: string): Promise<number> => {
      const before = reads();
      expectSuccess("sessionStart", await operatorAt(server()).starts(sessionId), 201);
      return reads() - before;
    };
    await operatorAt(server()).registers();
    await readsOfStart("s-1");
    const withMinimum = await readsOfStart("s-2");
    await server().setLicense({});
    server().clock.now += MINUTE_MS;
    await operatorAt(server()).beats([], { operator_version: "0.0.1" });
    await readsOfStart("s-3");
    expect(await readsOfStart("s-4")).toBe(withMinimum - 1);
  });
});

describe("an operator older than the minimum", () => {
  const old = { operator_version: "3.119.0" };

  it("is refused by a community license", async () => {
    await server().setLicense({ edition: "community", min_operator_version: "3.120.0" });
    expectProblem(await operatorAt(server()).registers(old), 403, "OperatorTooOld");
  });

  it("is refused nothing by a premium license, which costs no read and is logged", async () => {
    await server().setLicense({ edition: "premium", min_operator_version: "3.120.0" });
    const operator = operatorAt(server());
    expect(expectSuccess("licensePost", await operator.registers(old)).lease).not.toBeNull();
    expectSuccess("heartbeat", await operator.beats([], old));
    const before = server().consumed.length;
    expectSuccess("sessionStart", await operator.starts("s-1"), 201);
    const keys = server()
      .consumed.slice(before)
      .filter(({ operation }) => operation === "GetItem");
    const lines = server().logs.filter(({ message }) => message === "operator is older than the license requires");
    expect(lines).toMatchObject([{ level: "WARN", operator_version: "3.119.0", minimum: "3.120.0" }]);
    server().clock.now += MINUTE_MS;
    await server().setLicense({});
    await operator.starts("s-2");
    const plain = server().consumed.length;
    expectSuccess("sessionStart", await operator.starts("s-3"), 201);
    expect(
      server()
        .consumed.slice(plain)
        .filter(({ operation }) => operation === "GetItem").length,
    ).toBeLessThanOrEqual(keys.length);
  });
});
