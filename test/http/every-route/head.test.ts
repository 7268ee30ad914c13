import { describe, expect, it } from "vitest";
import { ROUTES, type RouteName } from "../../../shared/contract/routes.ts";
import { SCOPES } from "../../../shared/contract/scopes.ts";
import { putGoodJob } from "../../support/jobs.ts";
import { CATALOG_ROUTES, goodRequest, sendGood } from "../../support/requests.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";

const server = sharedServer();
const GET_ROUTES: readonly RouteName[] = ROUTES.filter(({ method }) => method === "GET").map(({ name }) => name);

describe("HEAD", () => {
  it.each(GET_ROUTES)("of %s answers as GET does, without a body", async (name) => {
    const { path } = goodRequest(name, server().clock.now);
    const isAdmins = name === "auditList" || CATALOG_ROUTES.includes(name);
    const options = isAdmins ? { bearer: await server().accessToken(SCOPES) } : {};
    if (name === "catalogGet" || name === "catalogHistory") await sendGood(server(), "catalogPut", options);
    if (name === "job") await putGoodJob(server());
    // The first to read may note what it has seen.
    await server().call("GET", path, options);
    const get = await server().call("GET", path, options);
    const head = await leavingNoTrace(server(), () => server().call("HEAD", path, options));
    expect(get.status).toBeLessThan(400);
    const { "x-request-id": _get, ...headers } = get.headers;
    const { "x-request-id": _head, ...same } = head.headers;
    expect({ status: head.status, headers: same }).toEqual({ status: get.status, headers });
    expect(head.bytes).toHaveLength(0);
  });

  it("takes the same credentials", async () => {
    const answer = await server().call("HEAD", "/api/v1/license", { key: "wrong" });
    expect(answer.status).toBe(401);
    expect(answer.bytes).toHaveLength(0);
  });
});
