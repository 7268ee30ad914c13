import { describe, expect, it } from "vitest";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { putCatalog } from "../../support/catalog.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import { leaseToken } from "../../support/tokens.ts";
import { FACTS, policy } from "../../unit/policies/support.ts";

const server = serverPerTest();
const TARGET = { namespace: "shop", kind: "Deployment", name: "checkout" };
const STEALS = { ...FACTS, features: ["steal"] };
const DRAFT = { kind: "MirrordClusterPolicy", name: "draft", spec: { block: ["steal"], env: { exclude: ["*_URL"] } } };

const evaluates = async (body: object, credential?: { bearer: string }) =>
  server().call("POST", "/api/v1/policies/evaluate", {
    ...(credential ?? { bearer: await server().accessToken(["policies:read"]) }),
    body: { target: TARGET, policy_facts: STEALS, ...body },
  });

describe("POST /api/v1/policies/evaluate", () => {
  it("answers by the catalog, and counts nothing", async () => {
    await putCatalog(server(), [policy({ block: ["steal"] }, { name: "no-stealing", clusters: ["prod"] })]);
    const body = expectSuccess("policyEvaluate", await evaluates({ cluster_name: "prod" }));
    expect(body).toMatchObject({
      verdict: "refused",
      policies: [{ kind: "MirrordClusterPolicy", namespace: null, name: "no-stealing", applies: "yes" }],
      reasons: [{ name: "no-stealing", verdict: "refused", rule: "steal", missing: null }],
    });
    expect(expectSuccess("policyEvaluate", await evaluates({ cluster_name: "dev" })).verdict).toBe("allowed");
    expect(await storedUnder(server(), "POLICY-REFUSALS#")).toEqual([]);
  });

  it("answers an admin by a change that was made a moment ago", async () => {
    expect(expectSuccess("policyEvaluate", await evaluates({})).verdict).toBe("allowed");
    await putCatalog(server(), [policy({ block: ["steal"] })]);
    expect(expectSuccess("policyEvaluate", await evaluates({})).verdict).toBe("refused");
  });

  it("evaluates drafts in place of what is saved, with variables, files and connections", async () => {
    await putCatalog(server(), [policy({ requireProfile: true }, { name: "draft" })]);
    const asked = {
      env: ["DATABASE_URL", "HOME"],
      files: ["/x"],
      connections: [{ hostname: "db", port: 5432, protocol: "TCP" }],
    };
    const body = expectSuccess("policyEvaluate", await evaluates({ drafts: [DRAFT], ...asked }));
    expect(body.reasons.map(({ rule }) => rule)).toEqual(["steal"]);
    expect(body.env).toEqual([
      { name: "DATABASE_URL", excluded: true },
      { name: "HOME", excluded: false },
    ]);
    expect(body.files).toEqual([{ path: "/x", mode: null }]);
    expect(body.connections).toEqual([{ verdict: "allowed" }]);
  });

  it("returns all faults of the drafts with their paths", async () => {
    const faulty = {
      ...DRAFT,
      kind: "MirrordPolicy",
      spec: { block: ["steal"], fs: { local: ["("] }, targetPath: "" },
    };
    expectProblem(await evaluates({ drafts: [DRAFT, faulty] }), 400, "BadRequest", [
      "drafts.1.namespace",
      "drafts.1.spec.targetPath",
      "drafts.1.spec.fs.local.0",
    ]);
  });

  it("judges an operator in its own cluster, whatever it says", async () => {
    await operatorAt(server()).registers({ cluster_name: "prod" });
    await putCatalog(server(), [policy({ block: ["steal"] }, { clusters: ["prod"] })]);
    const bearer = await leaseToken(server(), "op-1");
    expect(expectSuccess("policyEvaluate", await evaluates({ cluster_name: "dev" }, { bearer })).verdict).toBe(
      "refused",
    );
  });
});
