import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DAY_MS, formatTime, HOUR_MS } from "../../../shared/contract/time.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { FACTS } from "../../unit/policies/support.ts";

const server = serverPerTest({ terms: { max_seats: null } });
const DRAFT = { kind: "MirrordClusterPolicy", name: "no-stealing", spec: { block: ["steal"] } };

const asks = async (body: object, subject = "ana") =>
  server().call("POST", "/api/v1/policies/impact", {
    bearer: await server().accessToken(["policies:read"], subject),
    body: { draft: DRAFT, ...body },
  });
const polls = async (id: string, subject = "ana") =>
  server().call("GET", `/api/v1/jobs/${id}`, { bearer: await server().accessToken(["policies:read"], subject) });

/** Runs a session of an hour that ended `daysAgo`. */
const ran = async (id: string, facts: object | undefined, daysAgo: number, target = "boats", instance = "op-1") => {
  const startedAt = formatTime(server().clock.now - daysAgo * DAY_MS - HOUR_MS);
  const changes = {
    started_at: startedAt,
    target: { namespace: "shop", kind: "Deployment", name: target },
    ...(facts === undefined ? {} : { policy_facts: facts }),
  };
  await operatorAt(server(), instance).starts(id, "ana", changes);
  await operatorAt(server(), instance).ends(id, { ended_at: formatTime(server().clock.now - daysAgo * DAY_MS) });
};

const resultOf = async (answer: { headers: Record<string, string> }) => {
  const path = new URL(String(answer.headers["location"])).pathname.replace("/_reports/", "");
  return JSON.parse(await readFile(join(server().reportDir, path), "utf8"));
};

describe("POST /api/v1/policies/impact", () => {
  it("answers by the sums of days for a draft without container and cluster limits: the scope alone", async () => {
    await ran("s-1", { ...FACTS, features: ["steal"] }, 0);
    await ran("s-2", undefined, 3);
    await ran("s-3", undefined, 3, "ships");
    await ran("s-4", undefined, 40);
    const draft = { ...DRAFT, spec: { block: ["steal"], targetPath: "deploy/boats" } };
    const body = expectSuccess("policyImpact", await asks({ draft }));
    expect(body).toMatchObject({
      in_scope: 2,
      refused: null,
      changed: null,
      unknown: [{ reason: "no_facts", sessions: 2 }],
    });
    expect(expectSuccess("policyImpact", await asks({ draft, days: 90 })).in_scope).toBe(3);
    expect(expectSuccess("policyImpact", await asks({ draft, days: 1 })).in_scope).toBe(1);
  });

  it("reads each session in a job where the sums do not serve, and returns a link to the result", async () => {
    await operatorAt(server()).registers({ cluster_name: "prod" });
    await operatorAt(server(), "op-2").registers({ cluster_name: "dev" });
    await ran("s-1", { ...FACTS, features: ["steal"] }, 0);
    await ran("s-2", { ...FACTS, features: ["mirror"] }, 1);
    await ran("s-3", {}, 2);
    await ran("s-4", undefined, 3);
    await ran("s-5", { ...FACTS, features: ["steal"] }, 0, "boats", "op-2");
    const answer = await asks({ draft: { ...DRAFT, clusters: ["prod"] } });
    const { job } = expectSuccess("job", answer, 202);
    expect(answer.headers["location"]).toBe(`../jobs/${job.id}`);
    const done = await polls(job.id);
    expect(done.status).toBe(303);
    expect(done.json).toMatchObject({ status: 303, location: done.headers["location"] });
    expect(await resultOf(done)).toMatchObject({
      in_scope: 4,
      refused: 1,
      changed: 0,
      unknown: [
        { reason: "copy_target", sessions: 1 },
        { reason: "no_facts", sessions: 1 },
      ],
    });
    expect(await resultOf(await polls(job.id))).toEqual(await resultOf(done));
  });

  it("reads each session on request", async () => {
    await ran("s-1", { ...FACTS, features: ["steal"] }, 0);
    const { job } = expectSuccess("job", await asks({ each_session: true }), 202);
    expect(await resultOf(await polls(job.id))).toMatchObject({ in_scope: 1, refused: 1 });
  });

  it("is for policies alone, and returns all faults of the draft", async () => {
    const spec = { featureAdjustments: [{ change: "x" }] };
    expectProblem(await asks({ draft: { kind: "MirrordProfile", name: "a", spec } }), 400, "BadRequest", [
      "draft.kind",
      "draft.namespace",
    ]);
    expectProblem(await asks({ draft: { ...DRAFT, spec: {} }, days: 91 }), 400, "BadRequest", ["days"]);
    expectProblem(await asks({ draft: { ...DRAFT, spec: {} } }), 400, "BadRequest", ["draft.spec.block"]);
  });
});

describe("GET /api/v1/jobs/{id}", () => {
  it("is for the one who made the job, for a day", async () => {
    const { job } = expectSuccess("job", await asks({ each_session: true }), 202);
    expectProblem(await polls(job.id, "ben"), 404, "NotFound");
    expectProblem(await polls("another"), 404, "NotFound");
    server().clock.now += DAY_MS + HOUR_MS;
    expectProblem(await polls(job.id), 404, "NotFound");
  });
});
