import { describe, expect, it } from "vitest";
import { DAY_MS } from "../../../shared/contract/time.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import { leaseToken } from "../../support/tokens.ts";

const server = serverPerTest({ terms: { max_seats: 1 } });
const operator = () => operatorAt(server());

describe("when all seats are taken", () => {
  it("a new user is refused, and nothing of the session is kept but that it was refused", async () => {
    await operator().starts("s-1", "ana");
    expectProblem(await operator().starts("s-2", "ben"), 403, "MaxSeatCountReached");
    expect(await storedUnder(server(), "SESSION#s-2")).toEqual([]);
    const denials = (await storedUnder(server(), "SEATS#")).filter(({ sk }) => String(sk).startsWith("DENIAL#"));
    expect(denials).toEqual([expect.objectContaining({ denials: 1, kubernetesUsername: "ben@example.com" })]);
  });

  it("a holder is admitted all the same", async () => {
    await operator().starts("s-1", "ana");
    await operator().starts("s-2", "ben");
    expectSuccess("sessionStart", await operator().starts("s-3", "ana"), 201);
  });

  it("a retry of the same start is refused again and counted once; another start counts again", async () => {
    await operator().starts("s-1", "ana");
    for (const id of ["s-2", "s-2", "s-2", "s-3"])
      expectProblem(await operator().starts(id, "ben"), 403, "MaxSeatCountReached");
    const denials = (await storedUnder(server(), "SEATS#")).filter(({ sk }) => String(sk).startsWith("DENIAL#"));
    expect(denials).toEqual([expect.objectContaining({ denials: 2 })]);
  });

  it("the refused user is admitted in the next period", async () => {
    await server().setLicense({ max_seats: 1, subscription_id: "sub" });
    await operator().starts("s-1", "ana");
    expectProblem(await operator().starts("s-2", "ben"), 403, "MaxSeatCountReached");
    server().clock.now = Date.parse("2026-12-05T00:00:00Z");
    expectSuccess("sessionStart", await operator().starts("s-2", "ben"), 201);
  });
});

describe("where the deployment is strict, whatever the license's type", () => {
  const strict = serverPerTest({
    terms: { type: "enterprise", max_seats: 1 },
    env: { SEATS_ALLOW_OVERAGES: "false" },
  });

  it("an enterprise license refuses, too", async () => {
    await operatorAt(strict()).starts("s-1", "ana");
    expectProblem(await operatorAt(strict()).starts("s-2", "ben"), 403, "MaxSeatCountReached");
  });
});

describe("a license out of force", () => {
  it.each([
    ["has expired, from the very moment", START - 9 * DAY_MS, START, "LicenseExpired"],
    ["has long expired", START - 90 * DAY_MS, START - 60 * DAY_MS, "LicenseExpired"],
    ["is not valid yet, to the last second", START + 1_000, START + 9 * DAY_MS, "LicenseNotYetValid"],
  ] as const)("that %s starts no session: 403", async (_when, notBefore, notAfter, code) => {
    await server().setLicense({}, { notBefore, notAfter });
    expectProblem(await operator().starts("s-1"), 403, code);
    expectProblem(await operator().starts("s-2", "ci", { ci: true }), 403, code);
    expect(await storedUnder(server(), "SESSION#")).toEqual([]);
    expect(await storedUnder(server(), "SEATS#")).toEqual([]);
  });

  it("starts none for a holder of a seat or of a lease either", async () => {
    await server().setLicense({}, { notAfter: START + DAY_MS });
    const bearer = await leaseToken(server());
    await operator().starts("s-1");
    server().clock.now = START + DAY_MS;
    expectProblem(await operator().starts("s-2"), 403, "LicenseExpired");
    expectProblem(await operatorAt(server(), "op-1", { bearer }).starts("s-2"), 401, "Unauthorized");
  });
});
