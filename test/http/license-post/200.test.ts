import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { DAY_MS, formatTime, HOUR_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import { licenseBody } from "../../support/wire.ts";

const server = serverPerTest();

const register = async (changes: object = {}) =>
  expectSuccess("licensePost", await server().call("POST", "/api/v1/license", { body: licenseBody({ ...changes }) }));

// As an operator does it: with nothing but what the server publishes.
const verify = async (token: string) => {
  const { json } = await server().call("GET", "/.well-known/jwks.json", { key: undefined });
  return jwtVerify(token, createLocalJWKSet(json), {
    issuer: "https://license.example.com",
    audience: "mirrord-operator",
    typ: "lease+jwt",
    algorithms: ["EdDSA"],
    currentDate: new Date(server().clock.now),
  });
};

describe("an operator that starts", () => {
  it("is given the license that GET gives, and a lease for a day", async () => {
    const body = await register();
    const got = expectSuccess("licenseGet", await server().call("GET", "/api/v1/license"));
    expect(body.license).toEqual(got.license);
    expect(body.server_time).toBe(formatTime(START));
    expect(body.lease?.expires_at).toBe(formatTime(START + DAY_MS));
    expect(body).not.toHaveProperty("lease_reason");
  });

  it("is asked for a heartbeat a minute, up to a tenth more or less so that operators spread out", async () => {
    const intervals = [];
    for (let call = 0; call < 40; call += 1) intervals.push((await register()).lease?.heartbeat_interval_secs ?? 0);
    expect(Math.min(...intervals)).toBeGreaterThanOrEqual(54);
    expect(Math.max(...intervals)).toBeLessThanOrEqual(66);
    expect(new Set(intervals).size).toBeGreaterThan(1);
  });

  it("can verify its lease offline: license, nonce and itself are in it, and its end is the one it was told", async () => {
    const { lease, license } = await register({ nonce: "q3VtcZ0xYw" });
    const { payload, protectedHeader } = await verify(lease?.token ?? "");
    expect(payload).toEqual({
      iss: "https://license.example.com",
      aud: "mirrord-operator",
      sub: "op-1",
      iat: START / SECOND_MS,
      exp: Date.parse(lease?.expires_at ?? "") / SECOND_MS,
      nonce: "q3VtcZ0xYw",
      license_fingerprint: license.fingerprint,
      license_expires_at: license.expire_at,
    });
    expect(protectedHeader.kid).toMatch(/./);
  });

  it("gets no nonce back that it did not send", async () => {
    const { lease } = await register();
    expect((await verify(lease?.token ?? "")).payload).not.toHaveProperty("nonce");
  });

  it("is known from then on, and starting again changes nothing but what is new", async () => {
    await register({ cluster_name: "staging-eu" });
    server().clock.now += HOUR_MS;
    await register({ cluster_name: "staging-eu", operator_version: "3.131.0" });
    expect(await storedUnder(server(), "OPERATORS")).toEqual([
      expect.objectContaining({
        sk: "op-1",
        cluster: "staging-eu",
        version: "3.131.0",
        firstSeen: formatTime(START),
        registeredAt: formatTime(START + HOUR_MS),
      }),
    ]);
  });

  it("may use the last character of every bound", async () => {
    const text = "é".repeat(128);
    const changes = { instance_id: "i".repeat(128), operator_version: "v".repeat(64), cluster_name: text, nonce: text };
    await register(changes);
  });
});

describe("a lease", () => {
  it("never outlasts the license", async () => {
    const notAfter = START + HOUR_MS;
    await server().setLicense({}, { notAfter });
    const { lease } = await register();
    expect(lease?.expires_at).toBe(formatTime(notAfter));
    expect((await verify(lease?.token ?? "")).payload.exp).toBe(notAfter / SECOND_MS);
    server().clock.now = notAfter;
    await expect(verify(lease?.token ?? "")).rejects.toMatchObject({ code: "ERR_JWT_EXPIRED" });
  });

  it("is worthless here, too, once it is over", async () => {
    const bearer = (await register()).lease?.token ?? "";
    const operator = operatorAt(server(), "op-1", { bearer });
    server().clock.now = START + DAY_MS - 1;
    expect((await operator.beats([])).status).toBe(200);
    server().clock.now = START + DAY_MS;
    expect((await operator.beats([])).status).toBe(401);
  });

  it.each([
    ["LicenseExpired", "expired", START - 9 * DAY_MS, START],
    ["LicenseNotYetValid", "not_yet_valid", START + SECOND_MS, START + 9 * DAY_MS],
  ])("is withheld for %s; the license is served with its status", async (reason, status, notBefore, notAfter) => {
    await server().setLicense({}, { notBefore, notAfter });
    const body = await register();
    expect(body).toMatchObject({ lease: null, lease_reason: reason, license: { status } });
    expect(await storedUnder(server(), "OPERATORS")).toHaveLength(1);
  });

  it("is signed with EdDSA, by a key that the key set names", async () => {
    const { lease } = await register();
    const { json } = await server().call("GET", "/.well-known/jwks.json");
    expect(decodeProtectedHeader(lease?.token ?? "")).toEqual({
      alg: "EdDSA",
      typ: "lease+jwt",
      kid: json.keys[0].kid,
    });
  });
});
