import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { DAY_MS, MINUTE_MS } from "../../shared/contract/time.ts";
import { type Authority, mintAuthority } from "../../tools/mint/authority.ts";
import { mintLicense, mintTerms } from "../../tools/mint/mint.ts";
import { expectProblem, expectSuccess } from "../support/answers.ts";
import { type Answer, START } from "../support/app.ts";
import { operatorAt } from "../support/operator.ts";
import { serverPerTest } from "../support/server.ts";
import { storedUnder } from "../support/stored.ts";

const server = serverPerTest();

type Life = { notBefore: number; notAfter: number };

const HELD: [status: "valid" | "expiring" | "expired" | "not_yet_valid", life: Life][] = [
  ["valid", { notBefore: START - 100 * DAY_MS, notAfter: START + 31 * DAY_MS }],
  ["expiring", { notBefore: START - 100 * DAY_MS, notAfter: START + 30 * DAY_MS }],
  ["expired", { notBefore: START - 100 * DAY_MS, notAfter: START }],
  ["not_yet_valid", { notBefore: START + 2 * MINUTE_MS, notAfter: START + 100 * DAY_MS }],
];
const NOT_HELD = [
  ["missing", "LicenseMissing", undefined],
  ["invalid", "LicenseInvalid", "no license"],
] as const;
const REFUSAL: Partial<Record<string, "LicenseExpired" | "LicenseNotYetValid">> = {
  expired: "LicenseExpired",
  not_yet_valid: "LicenseNotYetValid",
};

/** A lease is there and ends with the license or before, or it is null for this reason. */
const expectLease = (
  body: { lease: unknown; lease_reason?: string },
  reason: string | undefined,
  { notAfter }: Life,
) => {
  expect(body.lease_reason).toBe(reason);
  if (reason !== undefined) return expect(body.lease).toBeNull();
  const { token, expires_at } = body.lease as { token: string; expires_at: string };
  expect(Date.parse(expires_at)).toBeLessThanOrEqual(notAfter);
  expect((decodeJwt(token).exp ?? Number.POSITIVE_INFINITY) * 1_000).toBe(Date.parse(expires_at));
  return undefined;
};

const pemOf = (answer: Answer) => answer.text.includes("-----BEGIN CERTIFICATE-----");

describe.each(HELD)("while the license is %s", (status, life) => {
  const refusal = REFUSAL[status];

  it("license calls are served with its status", async () => {
    const pem = await server().setLicense({}, life);
    const json = expectSuccess("licenseGet", await server().call("GET", "/api/v1/license"));
    expect(json.license).toMatchObject({ status, pem });
    const text = await server().call("GET", "/api/v1/license", { headers: { accept: "application/x-pem-file" } });
    expect([text.status, text.text]).toEqual([200, pem]);
    const body = expectSuccess("licensePost", await operatorAt(server()).registers());
    expect(body.license).toMatchObject({ status, pem });
    expectLease(body, refusal, life);
  });

  it(refusal === undefined ? "new sessions start" : `new sessions are a 403 ${refusal}, of CI as well`, async () => {
    await server().setLicense({}, life);
    const operator = operatorAt(server());
    for (const [id, ci] of [["s-1", false] as const, ["s-2", true] as const]) {
      const answer = await operator.starts(id, "ana", { ci });
      if (refusal === undefined) expect(answer.status).toBe(201);
      else expectProblem(answer, 403, refusal);
    }
  });

  it("what runs, runs on: heartbeats, changes and ends are recorded", async () => {
    const operator = operatorAt(server());
    await operator.starts("s-1");
    await operator.starts("s-2", "ben");
    await server().setLicense({}, life);
    server().clock.now += MINUTE_MS;
    const port = { port: 80, kind: "steal" };
    const events = { changed: [{ session_id: "s-1", locked_ports: [port] }] };
    const body = expectSuccess("heartbeat", await operator.beats(["s-1", "s-2"], events));
    expect(body).toMatchObject({ license: { status }, accepted: ["s-1"], terminate: [], unknown: [], conflict: [] });
    expectLease(body, refusal, life);
    expect(expectSuccess("sessionEnd", await operator.ends("s-1")).duration_secs).toBe(60);
    const ended = { session_id: "s-2", ended_at: new Date(server().clock.now).toISOString() };
    expect(expectSuccess("heartbeat", await operator.beats([], { ended: [ended] })).accepted).toEqual(["s-2"]);
    for (const [id, seconds] of Object.entries({ "s-1": 60, "s-2": 60 }))
      expect(await storedUnder(server(), `SESSION#${id}`)).toEqual([
        expect.objectContaining({ state: "ended", seconds }),
      ]);
  });

  it("a start that a heartbeat tells of is recorded, and ends again where it would have been refused", async () => {
    await server().setLicense({}, life);
    const operator = operatorAt(server());
    const body = expectSuccess("heartbeat", await operator.beats(["s-1"], { started: [operator.start("s-1")] }));
    if (refusal === undefined) expect(body).toMatchObject({ accepted: ["s-1"], denied: [], terminate: [] });
    else
      expect(body).toMatchObject({
        accepted: [],
        denied: [{ session_id: "s-1", code: refusal }],
        terminate: ["s-1"],
      });
    expect(await storedUnder(server(), "SESSION#s-1")).toEqual([expect.objectContaining({ state: "live" })]);
  });
});

describe.each(NOT_HELD)("while the license is %s", (_state, code, file) => {
  it("license calls and new sessions are a 503 that says so, and the log says why", async () => {
    await server().setLicenseText(file);
    const operator = operatorAt(server());
    const pem = { headers: { accept: "application/x-pem-file" } };
    for (const answer of [
      await server().call("GET", "/api/v1/license"),
      await server().call("GET", "/api/v1/license", pem),
      await operator.registers(),
      await operator.starts("s-1"),
    ]) {
      expectProblem(answer, 503, code);
      expect(pemOf(answer)).toBe(false);
    }
    expect(server().logs.filter(({ message }) => /^license (missing|invalid)$/.test(`${message}`))).not.toEqual([]);
  });

  it("heartbeats and ends of what runs are recorded all the same, without a lease", async () => {
    const operator = operatorAt(server());
    await operator.starts("s-1");
    await operator.starts("s-2", "ben");
    await server().setLicenseText(file);
    server().clock.now += MINUTE_MS;
    const ended = { session_id: "s-2", ended_at: new Date(server().clock.now).toISOString() };
    const body = expectSuccess("heartbeat", await operator.beats(["s-1"], { ended: [ended] }));
    expect(body).toMatchObject({ license: null, lease: null, lease_reason: code, accepted: ["s-2"], terminate: [] });
    expect(expectSuccess("sessionEnd", await operator.ends("s-1")).duration_secs).toBe(60);
  });
});

describe("as time goes by", () => {
  it("a license comes into force, runs out and takes its leases with it, to the second", async () => {
    const life = { notBefore: START + 10 * MINUTE_MS, notAfter: START + 70 * MINUTE_MS };
    await server().setLicense({}, life);
    const operator = operatorAt(server());
    const statusAt = async (now: number) => {
      server().clock.now = now;
      const body = expectSuccess("heartbeat", await operator.beats([]));
      expectLease(body, body.license === null ? "none" : REFUSAL[body.license.status], life);
      return [body.license?.status, body.lease?.expires_at];
    };
    const end = new Date(life.notAfter).toISOString();
    expect(await statusAt(life.notBefore - 1)).toEqual(["not_yet_valid", undefined]);
    expect(await statusAt(life.notBefore)).toEqual(["expiring", end]);
    expect(await statusAt(life.notAfter - 1)).toEqual(["expiring", end]);
    expect(await statusAt(life.notAfter)).toEqual(["expired", undefined]);
  });
});

const AUTHORITY_LIFE = { notBefore: START - DAY_MS, notAfter: START + 365 * DAY_MS };
const root = await mintAuthority(AUTHORITY_LIFE);
const stranger = await mintAuthority(AUTHORITY_LIFE);

describe("with a trust anchor", () => {
  const anchored = serverPerTest({ env: { LICENSE_TRUST_ANCHOR: root.pem } });
  const mintBy = async (issuedBy: Authority, terms: Record<string, unknown> = {}): Promise<string> => {
    const license = { organization: "Acme", terms: mintTerms(terms), notBefore: START - DAY_MS };
    const rest = { notAfter: START + 100 * DAY_MS, serialNumber: "01", withIntermediate: true, issuedBy };
    return (await mintLicense({ ...license, ...rest })).pem;
  };

  it("a license that goes back to it is served, and its leases are given", async () => {
    const pem = await mintBy(root);
    await anchored().setLicenseText(pem);
    const body = expectSuccess("licensePost", await operatorAt(anchored()).registers());
    expect(body).toMatchObject({ license: { pem, status: "valid" }, lease: { token: expect.any(String) } });
    expect(expectSuccess("sessionStart", await operatorAt(anchored()).starts("s-1"), 201).seat).not.toBeNull();
  });

  it("any other is invalid, and only the log says why", async () => {
    await anchored().setLicenseText(await mintBy(stranger));
    const operator = operatorAt(anchored());
    const answers = [
      await anchored().call("GET", "/api/v1/license"),
      await operator.registers(),
      await operator.starts("s-1"),
    ];
    for (const answer of answers) {
      expectProblem(answer, 503, "LicenseInvalid");
      expect(answer.text).not.toContain("signature");
    }
    expect(expectSuccess("heartbeat", await operator.beats([]))).toMatchObject({ lease_reason: "LicenseInvalid" });
    expect(anchored().logs).toContainEqual(
      expect.objectContaining({
        level: "ERROR",
        message: "license invalid",
        reason: expect.stringContaining("signature"),
      }),
    );
  });

  it("a forged license put in the place of a good one changes nothing but the log", async () => {
    const pem = await mintBy(root, { max_seats: 1 });
    await anchored().setLicenseText(pem);
    const operator = operatorAt(anchored());
    await operator.registers();
    await operator.starts("s-1");
    await anchored().setLicenseText(await mintBy(stranger, { max_seats: 100 }));
    for (let minute = 0; minute < 3; minute += 1) {
      anchored().clock.now += MINUTE_MS;
      expect(expectSuccess("licensePost", await operator.registers()).license.pem).toBe(pem);
      expectProblem(await operator.starts(`s-${minute + 2}`, "ben"), 403, "MaxSeatCountReached");
    }
    const complaints = anchored().logs.filter(({ message }) => message === "license invalid, serving the previous one");
    expect(complaints).toHaveLength(2 * 3);
  });
});
