import { describe, expect, it } from "vitest";
import type { RouteName } from "../../../shared/contract/routes.ts";
import { mintLicense, mintTerms } from "../../../tools/mint/mint.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { sendGood } from "../../support/requests.ts";
import { serverPerTest } from "../../support/server.ts";
import { leavingNoTrace, storedUnder } from "../../support/stored.ts";
import { endedEvent } from "../../support/wire.ts";

const server = serverPerTest();
const DAY = 86_400_000;

const WANT_A_LICENSE: readonly RouteName[] = ["licenseGet", "licensePost", "sessionStart", "seatList", "usageReport"];

const mintWith = async (terms: string) =>
  (
    await mintLicense({
      organization: "Acme",
      terms,
      notBefore: START - DAY,
      notAfter: START + DAY,
      serialNumber: "01",
    })
  ).pem;

const FILES: [string, "LicenseMissing" | "LicenseInvalid", () => Promise<string | undefined>][] = [
  ["that is not there", "LicenseMissing", async () => undefined],
  ["that is empty", "LicenseMissing", async () => ""],
  ["of white space", "LicenseMissing", async () => " \n\n"],
  ["that is no PEM", "LicenseInvalid", async () => "hello"],
  ["whose block is no certificate", "LicenseInvalid", async () => pemOf(Buffer.from("hello world"))],
  ["that is cut off", "LicenseInvalid", async () => (await mintWith(JSON.stringify(mintTerms()))).slice(0, 300)],
  ["whose terms are no JSON", "LicenseInvalid", () => mintWith("{")],
  ["whose terms lack the seats", "LicenseInvalid", () => mintWith(`{"type":"teams"}`)],
  ["whose seats are negative", "LicenseInvalid", () => mintWith(JSON.stringify(mintTerms({ max_seats: -1 })))],
];

const pemOf = (der: Buffer) => `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`;

describe.each(FILES)("with a license file %s", (_what, code, file) => {
  it(`what needs the license is a 503 ${code} with Retry-After, and stores nothing`, async () => {
    await server().setLicenseText(await file());
    for (const name of WANT_A_LICENSE) {
      const answer = await leavingNoTrace(server(), () => sendGood(server(), name));
      expectProblem(answer, 503, code);
    }
  });

  it("a heartbeat is recorded, its lease withheld with the reason; ends are taken, starts left for later", async () => {
    await server().setLicenseText(await file());
    const operator = operatorAt(server());
    const events = { started: [operator.start("s-1")], ended: [endedEvent(START, "s-2")] };
    const body = expectSuccess("heartbeat", await operator.beats(["s-1"], events));
    expect(body).toMatchObject({ lease: null, lease_reason: code, license: null, seats: null });
    expect(body.accepted).toEqual(["s-2"]);
    expect([...body.rejected, ...body.denied, ...body.terminate]).toEqual([]);
    expect(await storedUnder(server(), "OPERATORS")).toEqual([expect.objectContaining({ sk: "op-1" })]);
    expect(await storedUnder(server(), "SESSION#s-2")).toEqual([expect.objectContaining({ state: "ended" })]);
  });
});

describe("without a license", () => {
  it("sessions that run are listed and end as always", async () => {
    const operator = operatorAt(server());
    await operator.registers();
    await operator.starts("s-1");
    await server().setLicenseText(undefined);
    server().clock.now += 60_000;
    expectSuccess("heartbeat", await operator.beats(["s-1"]));
    const { sessions } = expectSuccess("sessionList", await server().call("GET", "/api/v1/sessions"));
    expect(sessions.map(({ id }) => id)).toEqual(["s-1"]);
    expect(expectSuccess("sessionEnd", await operator.ends("s-1")).duration_secs).toBe(60);
    expectProblem(await operator.starts("s-2"), 503, "LicenseMissing");
  });

  it("the server is healthy, and its keys stay published", async () => {
    await server().setLicenseText(undefined);
    expectSuccess("health", await server().call("GET", "/health"));
    expectSuccess("jwks", await server().call("GET", "/.well-known/jwks.json"));
  });

  it("the log says why a file is invalid, and quotes nothing of it", async () => {
    await server().setLicenseText(await mintWith(`{"type":"teams","max_seats":"hush"}`));
    await server().call("GET", "/api/v1/license");
    const [line] = server().logs.filter(({ message }) => message === "license invalid");
    expect(line).toMatchObject({ level: "ERROR", reason: expect.stringContaining("max_seats") });
    expect(JSON.stringify(server().logs)).not.toContain("hush");
  });
});
