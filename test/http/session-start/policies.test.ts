import { describe, expect, it } from "vitest";
import { dayOf, formatTime, MINUTE_MS } from "../../../shared/contract/time.ts";
import { StoreUnavailable, type Table } from "../../../shared/store/table.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { putCatalog } from "../../support/catalog.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import { FACTS, policy } from "../../unit/policies/support.ts";

const server = serverPerTest({ terms: { max_seats: 1 } });
const operator = () => operatorAt(server());

const STEALS = { policy_facts: { ...FACTS, features: ["steal"] } };
const NO_STEALING = policy({ block: ["steal"] }, { name: "no-stealing" });

const refusals = () => storedUnder(server(), "POLICY-REFUSALS#");
const audited = async () => (await storedUnder(server(), "AUDIT#")).filter(({ action }) => action === "policy.refused");
const seats = async () => (await storedUnder(server(), "SEATS#")).map(({ sk }) => String(sk));

describe("a start that a policy refuses", () => {
  it("is a 403 that names the policy and what it refuses, and claims and stores no session", async () => {
    await putCatalog(server(), [
      NO_STEALING,
      policy({ requireProfile: true }, { name: "profiles", namespace: "default" }),
    ]);
    const target = { namespace: "default", kind: "Deployment", name: "boats" };
    const answer = await operator().starts("s-1", "ana", { ...STEALS, target });
    expectProblem(answer, 403, "PolicyDenied");
    expect(answer.json.detail).toContain("MirrordClusterPolicy no-stealing, MirrordPolicy default/profiles");
    expect(answer.json.errors).toEqual([
      { path: "policy_facts.features", message: "stealing traffic is blocked (MirrordClusterPolicy no-stealing)" },
      { path: "policy_facts.profile", message: "a profile is required (MirrordPolicy default/profiles)" },
    ]);
    expect(await storedUnder(server(), "SESSION#s-1")).toEqual([]);
    expect(await seats()).toEqual([]);
  });

  it("is counted per user, policy and day, a retry once, and audited once", async () => {
    await putCatalog(server(), [NO_STEALING]);
    for (const id of ["s-1", "s-1", "s-2", "s-1"])
      expectProblem(await operator().starts(id, "ana", STEALS), 403, "PolicyDenied");
    expectProblem(await operator().starts("s-3", "ben", STEALS), 403, "PolicyDenied");
    const day = dayOf(server().clock.now);
    expect((await refusals()).map(({ pk, denials, entryName }) => [pk, denials, entryName]).sort()).toEqual([
      [`POLICY-REFUSALS#${day}`, 1, "no-stealing"],
      [`POLICY-REFUSALS#${day}`, 2, "no-stealing"],
    ]);
    expect(
      (await audited())
        .map(({ sessionId, policies, kubernetesUsername }) => [sessionId, policies, kubernetesUsername])
        .sort(),
    ).toEqual([
      ["s-1", "MirrordClusterPolicy no-stealing", "ana@example.com"],
      ["s-2", "MirrordClusterPolicy no-stealing", "ana@example.com"],
      ["s-3", "MirrordClusterPolicy no-stealing", "ben@example.com"],
    ]);
    expect(
      server().logs.filter((line) => line["message"] === "PolicyRefusals" || line["PolicyRefusals"] === 1),
    ).toHaveLength(3);
  });

  it("counts on after more sessions than its marks can hold, each once", async () => {
    await putCatalog(server(), [NO_STEALING]);
    for (let number = 0; number < 25; number += 1)
      expectProblem(await operator().starts(`s-${number}`, "ana", STEALS), 403, "PolicyDenied");
    expect((await refusals()).map(({ denials }) => denials)).toEqual([25]);
    expectProblem(await operator().starts("s-24", "ana", STEALS), 403, "PolicyDenied");
    expect((await refusals()).map(({ denials }) => denials)).toEqual([25]);
  });

  it("comes after the license and before the seat", async () => {
    await putCatalog(server(), [NO_STEALING]);
    expectSuccess("sessionStart", await operator().starts("s-1", "ana"), 201);
    expectProblem(await operator().starts("s-2", "ben", STEALS), 403, "PolicyDenied");
    expectProblem(await operator().starts("s-3", "ben"), 403, "MaxSeatCountReached");
    await server().setLicense({}, { notBefore: 0, notAfter: server().clock.now - 1 });
    server().clock.now += 2 * MINUTE_MS;
    expectProblem(await operator().starts("s-4", "ben", STEALS), 403, "LicenseExpired");
  });

  it("is refused for a CI session, too", async () => {
    await putCatalog(server(), [NO_STEALING]);
    expectProblem(await operator().starts("s-1", "ana", { ...STEALS, session_kind: "ci" }), 403, "PolicyDenied");
  });

  it("is none for a session that is known: the same start gets the same answer", async () => {
    expectSuccess("sessionStart", await operator().starts("s-1", "ana", STEALS), 201);
    await putCatalog(server(), [NO_STEALING]);
    server().clock.now += 2 * MINUTE_MS;
    expectSuccess("sessionStart", await operator().starts("s-1", "ana", STEALS), 200);
    expect(await refusals()).toEqual([]);
    expectProblem(await operator().starts("s-2", "ana", STEALS), 403, "PolicyDenied");
  });
});

describe("a start that no policy refuses", () => {
  it("is one without facts, of an unknown verdict, of another cluster, or of another use", async () => {
    await putCatalog(server(), [
      policy({ block: ["steal"] }, { clusters: ["prod-*"] }),
      policy({ requireProfile: true }, { name: "q", clusters: ["dev"] }),
    ]);
    await operator().registers({ cluster_name: "prod-eu" });
    const starts = (id: string, facts: object | null) => operator().starts(id, "ana", { policy_facts: facts });
    expectSuccess("sessionStart", await starts("s-1", null), 201);
    expectSuccess("sessionStart", await starts("s-2", {}), 201);
    expectSuccess("sessionStart", await starts("s-3", { ...FACTS, features: ["mirror"] }), 201);
    expectProblem(await starts("s-4", STEALS.policy_facts), 403, "PolicyDenied");
    expect((await refusals()).map(({ denials }) => denials)).toEqual([1]);
    await operatorAt(server(), "op-2").registers({ cluster_name: "other" });
    expectSuccess("sessionStart", await operatorAt(server(), "op-2").starts("s-5", "ana", STEALS), 201);
  });

  it("is one in a cluster that an operator names by its id", async () => {
    await putCatalog(server(), [policy({ block: ["steal"] }, { clusters: ["id:uid-7"] })]);
    await operator().registers({ cluster_id: "uid-7" });
    await operatorAt(server(), "op-2").registers({ cluster_id: "uid-8" });
    expectProblem(await operator().starts("s-1", "ana", STEALS), 403, "PolicyDenied");
    expectSuccess("sessionStart", await operatorAt(server(), "op-2").starts("s-2", "ana", STEALS), 201);
  });

  it("records its cluster and its facts", async () => {
    await operator().registers({ cluster_id: "uid-7", cluster_name: "prod" });
    await operator().starts("s-1", "ana", STEALS);
    await operator().beats(["s-1", "s-2"], { started: [operator().start("s-2", "ana", STEALS)] });
    const ended = {
      session_id: "s-3",
      ended_at: formatTime(server().clock.now),
      start: operator().start("s-3", "ana", STEALS),
    };
    await operator().beats(["s-1", "s-2"], { ended: [ended] });
    await operator().ends("s-4", { start: operator().start("s-4", "ana", STEALS) });
    for (const id of ["s-1", "s-2", "s-3", "s-4"])
      expect(await storedUnder(server(), `SESSION#${id}`)).toEqual([
        expect.objectContaining({
          clusterId: "uid-7",
          clusterName: "prod",
          policyFacts: JSON.stringify(STEALS.policy_facts),
        }),
      ]);
  });
});

describe("the seat of a start", () => {
  const heldUntil = async (id: string) => (await operator().starts(id)).json.seat.held_until;

  it("is held for the next starts, but where a policy could refuse them", async () => {
    await operator().registers({ cluster_name: "prod" });
    expect(await heldUntil("s-1")).toMatch(/^2026-/);
    await putCatalog(server(), [
      policy({ block: ["mirror"] }, { clusters: ["dev"] }),
      policy({ env: { exclude: ["A"] } }, { name: "q" }),
      policy({ requireProfile: true }, { kind: "MirrordClusterProfile", name: "x" }),
    ]);
    server().clock.now += 2 * MINUTE_MS;
    expect(await heldUntil("s-2")).toMatch(/^2026-/);
    await putCatalog(server(), [NO_STEALING]);
    server().clock.now += 2 * MINUTE_MS;
    expect(await heldUntil("s-3")).toBeNull();
  });
});

describe("a late start that a policy refuses", () => {
  it("is recorded, denied and to be stopped, and gets no seat", async () => {
    await putCatalog(server(), [NO_STEALING]);
    const { json } = await operator().beats(["s-1"], { started: [operator().start("s-1", "ana", STEALS)] });
    expect(json).toMatchObject({
      denied: [{ session_id: "s-1", code: "PolicyDenied" }],
      terminate: ["s-1"],
      accepted: [],
    });
    expect(await storedUnder(server(), "SESSION#s-1")).toEqual([
      expect.objectContaining({ state: "live", deniedCode: "PolicyDenied", deniedAt: expect.any(String) }),
    ]);
    expect(await seats()).toEqual([]);
    expect((await refusals()).map(({ denials }) => denials)).toEqual([1]);
  });

  it("stays denied when it is reported again, whatever seats are free, and is counted once", async () => {
    await putCatalog(server(), [NO_STEALING]);
    const started = [operator().start("s-1", "ana", STEALS)];
    await operator().beats(["s-1"], { started });
    expectSuccess("sessionStart", await operator().starts("s-2", "ana"), 201);
    const { json } = await operator().beats(["s-1", "s-2"], { started });
    expect(json.denied).toEqual([{ session_id: "s-1", code: "PolicyDenied" }]);
    await operator().beats(["s-1", "s-2"]);
    expect(await storedUnder(server(), "SESSION#s-1")).toEqual([
      expect.objectContaining({ deniedCode: "PolicyDenied" }),
    ]);
    expect((await refusals()).map(({ denials }) => denials)).toEqual([1]);
  });
});

describe("a stock session, which an agent reports", () => {
  it("is never refused, counted or stopped for a policy, even if its report had facts", async () => {
    await putCatalog(server(), [NO_STEALING]);
    const agent = operatorAt(server(), "cluster-uid-7");
    const of = {
      agent: { version: "1", process_id: "p", enforces: true, applies_catalog: true, kills_previews: false },
      cluster_id: "uid-7",
    };
    for (const started of [[agent.start("s-1")], [agent.start("s-2", "ana", STEALS)]]) {
      const { json } = await agent.beats(["s-1", "s-2"], { ...of, started });
      expect(json).toMatchObject({ accepted: [started[0]?.["session_id"]], denied: [], terminate: [] });
    }
    expect(await refusals()).toEqual([]);
    expect(await audited()).toEqual([]);
    expect(
      (await storedUnder(server(), "SESSION#")).map(({ deniedCode, policyFacts }) => [deniedCode, policyFacts]),
    ).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });
});

describe("where the catalog cannot be read", () => {
  const failing = (table: Table): Table => ({
    ...table,
    get: async (key, options) => {
      if (key.pk === "CATALOG#REVISION") throw new StoreUnavailable("the table is away");
      return table.get(key, options);
    },
  });
  const broken = serverPerTest({
    around: (table, name) => (name === "sessions" || name === "heartbeat" ? failing(table) : table),
  });

  it("a start is allowed, logged and metered, and its seat is not held", async () => {
    await putCatalog(broken(), [NO_STEALING]);
    const { json, status } = await operatorAt(broken()).starts("s-1", "ana", STEALS);
    expect(status).toBe(201);
    expect(json.seat.held_until).toBeNull();
    expect(broken().lines.filter((line) => line.includes("PoliciesNotRead") && line.includes("s-1"))).toHaveLength(1);
    const beat = await operatorAt(broken()).beats(["s-1", "s-2"], {
      started: [operatorAt(broken()).start("s-2", "ana", STEALS)],
    });
    expect(beat.json.accepted).toEqual(["s-2"]);
  });
});
