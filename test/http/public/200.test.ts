import { describe, expect, it } from "vitest";
import document from "../../../shared/contract/openapi.json" with { type: "json" };
import { ROUTES } from "../../../shared/contract/routes.ts";
import { expectSuccess } from "../../support/answers.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";

const server = sharedServer();
const ask = (path: string) => leavingNoTrace(server(), () => server().call("GET", path, { key: undefined }));

describe("without a key", () => {
  it("GET /health says that the server answers", async () => {
    expect(expectSuccess("health", await ask("/health"))).toEqual({ status: "ok" });
    expect(server().consumed).toEqual([]);
  });

  it("GET /openapi.json gives the contract, with every route in it", async () => {
    const answer = await ask("/openapi.json");
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(answer.json).toEqual(document);
    for (const { method, path } of ROUTES) expect(answer.json.paths[path]).toHaveProperty(method.toLowerCase());
  });

  it("GET /.well-known/jwks.json gives the public keys, and the public keys alone", async () => {
    const answer = await ask("/.well-known/jwks.json");
    const { keys } = expectSuccess("jwks", answer);
    expect(keys).toEqual([server().leaseKey.jwk, expect.objectContaining({ kty: "OKP", use: "sig" })]);
    expect(answer.text).not.toContain(`"d"`);
    // A new key is published two minutes before it signs: nobody may keep the set for longer.
    expect(answer.headers["cache-control"]).toBe("public, max-age=60");
  });

  it("a key in hand does no harm, right or wrong", async () => {
    for (const path of ["/health", "/openapi.json", "/.well-known/jwks.json"])
      for (const key of ["wrong", ""]) expect((await server().call("GET", path, { key })).status).toBe(200);
  });
});
