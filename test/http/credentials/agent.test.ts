import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { agentAt } from "../../support/agent.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { type Server, serverPerTest } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";
import { agentToken } from "../../support/tokens.ts";

const server = serverPerTest();
const other = "another-cluster";

/** A token as the server signs it, with other claims. */
const signed = async (app: Server, claims: Record<string, unknown>): Promise<string> => {
  const now = Math.floor(app.clock.now / SECOND_MS);
  const { signer } = await app.accessKeys();
  return new SignJWT({ jti: "t-1", sub: "agent", iat: now, exp: now + 3_600, ...claims })
    .setProtectedHeader({ alg: "EdDSA", typ: "access+jwt", kid: signer.kid })
    .setIssuer("https://license.example.com")
    .setAudience("mirrord-license-server")
    .sign(signer.privateKey);
};

describe("an agent's token", () => {
  it("opens the license, with the license file, and heartbeats of its instance", async () => {
    const { instanceId } = agentAt(server());
    const bearer = await agentToken(server(), instanceId);
    const agent = agentAt(server(), { credential: { bearer } });
    expect(expectSuccess("licensePost", await agent.registers()).license.pem).toContain("BEGIN CERTIFICATE");
    expect(expectSuccess("heartbeat", await agent.beats([])).list).toBe("taken");
    const license = expectSuccess("licenseGet", await server().call("GET", "/api/v1/license", { bearer })).license;
    expect(license.pem).toContain("BEGIN CERTIFICATE");
  });

  it("opens nothing of another instance", async () => {
    const bearer = await agentToken(server(), agentAt(server()).instanceId);
    const agent = agentAt(server(), { cluster: other, credential: { bearer } });
    expectProblem(await leavingNoTrace(server(), () => agent.registers()), 403, "Forbidden");
    expectProblem(await leavingNoTrace(server(), () => agent.beats([])), 403, "Forbidden");
  });

  it("is refused within 30 seconds of its revocation", async () => {
    const { instanceId } = agentAt(server());
    const bearer = await agentToken(server(), instanceId);
    const agent = agentAt(server(), { credential: { bearer } });
    expectSuccess("heartbeat", await agent.beats([]));
    const { tokens } = (await server().invokeToken({ list: true })) as { tokens: { token_id: string }[] };
    await server().invokeToken({ revoke: tokens[0]?.token_id });
    server().clock.now += MINUTE_MS / 2;
    expectProblem(await agent.beats([]), 401, "Unauthorized");
    expectProblem(await agent.registers(), 401, "Unauthorized");
  });

  it("without an instance is no token, and another scope beside it opens nothing", async () => {
    const bearer = await signed(server(), { scope: "agent" });
    expectProblem(await agentAt(server(), { credential: { bearer } }).beats([]), 401, "Unauthorized");
    const both = await signed(server(), { scope: "agent seats:read", instance_id: "cluster-1" });
    expectProblem(await server().call("GET", "/api/v1/seats", { bearer: both }), 403, "Forbidden");
  });

  it("of an instance for other scopes only is no agent's token", async () => {
    const { instanceId } = agentAt(server());
    const bearer = await signed(server(), { scope: "seats:read", instance_id: instanceId });
    expectProblem(await agentAt(server(), { credential: { bearer } }).beats([]), 403, "Forbidden");
    expectSuccess("seatList", await server().call("GET", "/api/v1/seats", { bearer }));
  });
});
