import { describe, expect, it } from "vitest";
import { LICENSE_KEY } from "../support/app.ts";
import { secretsIn } from "../support/secrets.ts";
import { serverPerTest } from "../support/server.ts";
import { leaseToken } from "../support/tokens.ts";

const server = serverPerTest();

// Every server of these tests is searched so when it stops; here is that the search finds what there is to find.
describe("a log that holds", () => {
  const found = async (secret: (pem: string, token: string) => string) => {
    const { pem } = (await server().call("GET", "/api/v1/license")).json.license;
    const line = {
      message: "request failed",
      error: { message: `cannot use ${secret(pem, await leaseToken(server()))}` },
    };
    return secretsIn([{ message: "fine" }, line], { keys: [LICENSE_KEY], pems: [pem] });
  };

  it.each<[string, (pem: string, token: string) => string]>([
    ["the license key", () => LICENSE_KEY],
    ["the license file", (pem) => pem],
    ["one line of it", (pem) => pem.split("\n")[1] ?? ""],
    ["a private key", () => "-----BEGIN PRIVATE KEY-----"],
    ["a token", (_pem, token) => token],
  ])("%s is found out", async (_what, secret) => {
    expect(await found(secret)).not.toEqual([]);
  });

  it("nothing of the kind is left in peace", async () => {
    await leaseToken(server());
    expect(server().logs.length).toBeGreaterThan(0);
    expect(await found(() => "nothing")).toEqual([]);
  });
});
