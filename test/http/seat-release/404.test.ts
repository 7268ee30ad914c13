import { describe, expect, it } from "vitest";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";

const server = serverPerTest({ terms: { max_seats: 2, subscription_id: "sub-1" } });

const release = async (id: string, query = "") =>
  server().call("DELETE", `/api/v1/seats/${encodeURIComponent(id)}${query}`, {
    bearer: await server().accessToken(["seats:delete"]),
  });

const claim = async (): Promise<string> => {
  const { seat } = expectSuccess("sessionStart", await operatorAt(server()).starts("s-1", "ana"), 201);
  return seat?.id ?? "";
};

describe("a seat that nobody holds", () => {
  it("is a 404, and nothing is written", async () => {
    await claim();
    expectProblem(await leavingNoTrace(server(), () => release("nobody")), 404, "NotFound");
    expectProblem(
      await leavingNoTrace(server(), () => release("SEAT#nobody/with:slashes".replace("#", ""))),
      404,
      "NotFound",
    );
  });

  it("is one that has been released already", async () => {
    const id = await claim();
    expect((await release(id)).status).toBe(204);
    expectProblem(await leavingNoTrace(server(), () => release(id)), 404, "NotFound");
  });

  it("is one of the last period", async () => {
    const id = await claim();
    server().clock.now = Date.parse("2026-12-05T00:00:00Z");
    expectProblem(await leavingNoTrace(server(), () => release(id)), 404, "NotFound");
  });

  it("is one of another subscription's book", async () => {
    const id = await claim();
    await server().setLicense({ subscription_id: "sub-2" });
    server().clock.now += 60_000;
    expectProblem(await release(id), 404, "NotFound");
  });
});

describe("a release that cannot be meant so", () => {
  it.each(["no id", "x".repeat(129), "x".repeat(3_000), "ä", "a\u0000b"])("is a 400 for the id %j", async (id) => {
    expectProblem(await leavingNoTrace(server(), () => release(id)), 400, "BadRequest", ["path.id"]);
  });

  it("is a 400 with a query parameter", async () => {
    const id = await claim();
    expectProblem(await leavingNoTrace(server(), () => release(id, "?force=true")), 400, "BadRequest", ["query.force"]);
  });

  it("is a 403 by the license key alone, whether the seat is held or not", async () => {
    for (const id of [await claim(), "nobody"]) {
      const call = () => server().call("DELETE", `/api/v1/seats/${id}`);
      expectProblem(await leavingNoTrace(server(), call), 403, "Forbidden");
    }
  });

  it("is a 503 if the server has no license, since the seat's book is unknown then", async () => {
    const id = await claim();
    await server().setLicenseText(undefined);
    server().clock.now += 60_000;
    expectProblem(await leavingNoTrace(server(), () => release(id)), 503, "LicenseMissing");
  });
});
