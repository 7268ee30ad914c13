import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readSettings } from "../../../tools/local/settings.ts";
import { mintAuthority } from "../../../tools/mint/authority.ts";
import { mintLicense, mintTerms } from "../../../tools/mint/mint.ts";

const folder = mkdtempSync(join(tmpdir(), "settings-"));
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const problemsOf = (env: Record<string, string>): string[] => {
  const reading = readSettings(env);
  return reading.ok ? [] : reading.problems;
};

describe("the local server's settings", () => {
  it("have defaults for everything", () => {
    expect(readSettings({})).toEqual({
      ok: true,
      settings: {
        address: "127.0.0.1",
        port: 8080,
        basePath: "",
        tls: undefined,
        dataDir: resolve(".data"),
        dynamodbEndpoint: undefined,
        tableName: "license-server",
        license: undefined,
        licenseKey: undefined,
        passedOn: {},
      },
    });
  });

  it("take an empty variable for an unset one", () => {
    expect(readSettings({ PORT: "", LICENSE_KEY: "", TLS_CERT_PATH: "", LOG_LEVEL: "" })).toEqual(readSettings({}));
  });

  it("hand on what concerns the functions, as it was written", () => {
    const reading = readSettings({ SEATS_ALLOW_OVERAGES: "true", SEATS_ANCHOR_DAY: "31", LOG_LEVEL: "warn" });
    expect(reading.ok && reading.settings.passedOn).toEqual({
      SEATS_ALLOW_OVERAGES: "true",
      SEATS_ANCHOR_DAY: "31",
      LOG_LEVEL: "warn",
    });
  });

  it("take a license file that parses", async () => {
    const { pem } = await mintLicense({
      organization: "Acme",
      terms: mintTerms(),
      notBefore: 0,
      notAfter: 86_400_000,
      serialNumber: "01",
    });
    const path = fileOf("license.pem", pem);
    const reading = readSettings({ LICENSE_PATH: path });
    expect(reading.ok && reading.settings.license).toMatchObject({ path, file: { organization: "Acme" } });
  });

  describe("with a trust anchor", () => {
    const lifetime = { notBefore: 0, notAfter: 1_000_000 };
    const files = async () => {
      const { pem, caPem } = await mintLicense({
        organization: "Acme",
        terms: mintTerms(),
        ...lifetime,
        serialNumber: "01",
        issuedBy: await mintAuthority(lifetime),
      });
      return { LICENSE_PATH: fileOf("anchored.pem", pem), caPem, caPath: fileOf("ca.pem", caPem) };
    };

    it("verify the license, and hand the text on to the functions wherever it stood", async () => {
      const { LICENSE_PATH, caPem, caPath } = await files();
      for (const anchor of [{ LICENSE_TRUST_ANCHOR: caPem }, { LICENSE_TRUST_ANCHOR_PATH: caPath }]) {
        const reading = readSettings({ LICENSE_PATH, ...anchor }, 1_000);
        expect(reading.ok && reading.settings.passedOn).toEqual({ LICENSE_TRUST_ANCHOR: caPem });
        expect(reading.ok && reading.settings.license?.file.trustedUntil).toBe(lifetime.notAfter);
      }
    });

    it("refuse a license that does not go back to it, with the reason", async () => {
      const { LICENSE_PATH, caPath } = await files();
      const other = fileOf("other-ca.pem", (await mintAuthority(lifetime)).pem);
      expect(problemsOf({ LICENSE_PATH, LICENSE_TRUST_ANCHOR_PATH: other })).toEqual([
        `LICENSE_PATH: ${LICENSE_PATH} is not a license: the license has a signature that is not its issuer's`,
      ]);
      expect(problemsOf({ LICENSE_PATH, LICENSE_TRUST_ANCHOR_PATH: caPath })).toEqual([
        `LICENSE_PATH: ${LICENSE_PATH} is not a license: trust anchor 1 has expired`,
      ]);
    });

    it("refuse one that is none, that is there twice, or that has no license to verify", async () => {
      const { LICENSE_PATH, caPem, caPath } = await files();
      expect(problemsOf({ LICENSE_PATH, LICENSE_TRUST_ANCHOR_PATH: LICENSE_PATH })).toEqual([
        "LICENSE_TRUST_ANCHOR_PATH must be certificates of authorities (CA:TRUE)",
      ]);
      expect(problemsOf({ LICENSE_PATH, LICENSE_TRUST_ANCHOR_PATH: caPath, LICENSE_TRUST_ANCHOR: caPem })).toContain(
        "LICENSE_TRUST_ANCHOR_PATH and LICENSE_TRUST_ANCHOR must not be set together",
      );
      expect(problemsOf({ LICENSE_TRUST_ANCHOR: caPem })).toEqual([
        "LICENSE_TRUST_ANCHOR needs LICENSE_PATH: the demo license has no authority",
      ]);
    });
  });

  it("tell every fault at once, a line each", () => {
    const problems = problemsOf({
      PORT: "80800",
      BASE_PATH: "prefix/",
      TABLE_NAME: "a b",
      DYNAMODB_ENDPOINT: "localhost:8000",
      TLS_CERT_PATH: join(folder, "missing.pem"),
      TLS_KEY_PATH: folder,
      LICENSE_PATH: fileOf("broken.pem", "nothing like a license"),
      LICENSE_KEY: " padded ",
      SEATS_ALLOW_OVERAGES: "yes",
      SEATS_ANCHOR_DAY: "0",
      LEASE_SECONDS: "1e3",
      DISPLAY_NAME_STRIP: "(a)\\1",
      LOG_LEVEL: "trace",
    });
    expect(problems.map((problem) => problem.split(/[ :]/)[0])).toEqual([
      "PORT",
      "BASE_PATH",
      "TLS_CERT_PATH",
      "TLS_KEY_PATH",
      "DYNAMODB_ENDPOINT",
      "TABLE_NAME",
      "LICENSE_PATH",
      "LICENSE_KEY",
      "SEATS_ALLOW_OVERAGES",
      "SEATS_ANCHOR_DAY",
      "LEASE_SECONDS",
      "DISPLAY_NAME_STRIP",
      "LOG_LEVEL",
    ]);
    expect(problems.filter((problem) => problem.includes("\n"))).toEqual([]);
    expect(problems).toContain("SEATS_ALLOW_OVERAGES must be true or false");
  });

  it("name every fault of the reserved seats", () => {
    const entries = [
      { name: "web", seats: 1, users: ["w-*"] },
      { name: "web", seats: 2, users: ["*"], namespaces: ["shop"] },
    ];
    expect(problemsOf({ SEATS_RESERVATIONS: JSON.stringify(entries.slice(1)) })).toEqual([]);
    expect(problemsOf({ SEATS_RESERVATIONS: JSON.stringify(entries) })).toEqual([
      "SEATS_RESERVATIONS must have different names: web occurs more than once",
    ]);
    const bad = { name: "common", seats: -1, users: ["", "x"], namespaces: [], more: 1 };
    expect(problemsOf({ SEATS_RESERVATIONS: JSON.stringify([bad]) })).toEqual([
      "SEATS_RESERVATIONS.0.name must have 1 to 32 lowercase letters, digits and hyphens, and not be common",
      "SEATS_RESERVATIONS.0.seats must be a whole number from 0 to 1000000",
      "SEATS_RESERVATIONS.0.users.0 must be a glob of 1 to 256 characters",
      "SEATS_RESERVATIONS.0.namespaces must be a list of 1 to 100 globs",
      "SEATS_RESERVATIONS.0.more is not a field of a reservation",
    ]);
    expect(problemsOf({ SEATS_RESERVATIONS: "web" })).toEqual(["SEATS_RESERVATIONS must be JSON"]);
  });

  it("refuse a seat mode that a deployment would refuse", () => {
    const floating = { SEATS_MODE: "floating" };
    expect(problemsOf({ ...floating, SEATS_IDLE_DAYS: "14", HEARTBEAT_INTERVAL_SECONDS: "1200" })).toEqual([
      "SEATS_IDLE_DAYS belongs to SEATS_MODE=period: a floating seat is free after SEATS_GRACE_MINUTES",
      "SEATS_LOST_MINUTES must be longer than three times HEARTBEAT_INTERVAL_SECONDS",
    ]);
    expect(problemsOf({ ...floating, HEARTBEAT_INTERVAL_SECONDS: "1199" })).toEqual([]);
    expect(problemsOf({ SEATS_IDLE_DAYS: "14", HEARTBEAT_INTERVAL_SECONDS: "1200" })).toEqual([]);
  });

  it.each([
    { LEASE_SECONDS: "604800" },
    { OPERATOR_LOST_SECONDS: "86400" },
    { LEASE_SECONDS: "60", HEARTBEAT_INTERVAL_SECONDS: "60", OPERATOR_LOST_SECONDS: "180" },
  ])("refuse to give an operator up before its lease and three heartbeats are over: %j", (env) => {
    expect(problemsOf(env)).toEqual([
      "OPERATOR_LOST_SECONDS must be longer than LEASE_SECONDS and than three times HEARTBEAT_INTERVAL_SECONDS",
    ]);
    expect(problemsOf({ ...env, OPERATOR_LOST_SECONDS: "1209600" })).toEqual([]);
  });

  it.each(["-1", "65536", "8080 ", "0x50", "8e3", "８０"])("refuse the port %j", (port) => {
    expect(problemsOf({ PORT: port })).toEqual([
      `PORT must be a whole number from 0 to 65535, not ${JSON.stringify(port)}`,
    ]);
  });

  it("never repeat a license key or what a file holds", () => {
    const secret = "s3cret\nkey";
    const problems = problemsOf({ LICENSE_KEY: secret, LICENSE_PATH: fileOf("secret.pem", "s3cret file") }).join("\n");
    expect(problems).toContain("LICENSE_KEY");
    expect(problems).toContain("LICENSE_PATH");
    expect(problems).not.toContain("s3cret");
  });

  it("hand the license key before this one on, which has to be what a header can hold, too", () => {
    const reading = readSettings({ LICENSE_KEY: "new", LICENSE_KEY_PREVIOUS: "old" });
    expect(reading.ok && reading.settings.passedOn.LICENSE_KEY_PREVIOUS).toBe("old");
    expect(readSettings({ LICENSE_KEY: "\u00e4", LICENSE_KEY_PREVIOUS: "secr\u00e9t" })).toEqual({
      ok: false,
      problems: [
        "LICENSE_KEY must be printable ASCII without spaces around it, because it is sent in a header",
        "LICENSE_KEY_PREVIOUS must be printable ASCII without spaces around it, because it is sent in a header",
      ],
    });
  });

  it("want a certificate and a key together, and matching PEM", () => {
    expect(problemsOf({ TLS_CERT_PATH: fileOf("cert.pem", "x") })).toEqual([
      "TLS_CERT_PATH and TLS_KEY_PATH must be set together",
    ]);
    const [problem] = problemsOf({
      TLS_CERT_PATH: fileOf("cert.pem", "no certificate"),
      TLS_KEY_PATH: fileOf("key.pem", "no key"),
    });
    expect(problem).toMatch(/^TLS_CERT_PATH and TLS_KEY_PATH are not a matching certificate and key/);
  });
});
