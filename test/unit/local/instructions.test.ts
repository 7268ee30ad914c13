import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { readLicenseFile } from "../../../shared/licensing/license-file.ts";
import { instructions, type ServerFacts } from "../../../tools/local/instructions.ts";
import { mintLicense, mintTerms } from "../../../tools/mint/mint.ts";

const NOW = Date.UTC(2026, 10, 20, 8, 0, 0, 999);

const { pem } = await mintLicense({
  organization: "Acme",
  terms: mintTerms({ max_seats: null, type: "enterprise" }),
  notBefore: NOW,
  notAfter: NOW + 86_400_000,
  serialNumber: "01",
});
const reading = readLicenseFile(pem);
if (!reading.ok) throw new Error(reading.reason);

const facts: ServerFacts = {
  url: "http://127.0.0.1:8080/prefix",
  license: reading.license,
  demo: false,
  licenseKey: "weak-chosen-key",
  keyChosen: true,
  tlsCertPath: undefined,
  data: "/data",
  dataDir: resolve(".data"),
  dashboard: true,
};

describe("the instructions", () => {
  it("never hold a chosen license key or the license itself, and warn of a weak key", () => {
    const text = instructions(facts, NOW);
    expect(text).not.toContain(facts.licenseKey);
    expect(text).not.toContain("BEGIN CERTIFICATE");
    expect(text).toContain("LICENSE_KEY has little entropy");
  });

  it("keep a chosen key that the shell has, and say so in place of a request with a wrong one where it has none", () => {
    const line = /^ {2}(export LICENSE_KEY=.*)$/m.exec(instructions(facts, NOW))?.[1] ?? "";
    const inShell = (env: NodeJS.ProcessEnv) =>
      spawnSync("sh", ["-c", `${line}\necho "$LICENSE_KEY"`], { env, encoding: "utf8" });
    expect(inShell({ LICENSE_KEY: "chosen" }).stdout).toBe("chosen\n");
    expect(inShell({}).stderr).toContain("must be the key that this server was started with");
  });

  it("say that a license is not in force", () => {
    const { license } = facts;
    expect(instructions(facts, NOW)).not.toContain("New sessions are refused");
    const expired = instructions(facts, license.expiresAt + 3 * 86_400_000);
    expect(expired).toContain("(enterprise, unlimited seats), expired on 2026-11-21");
    expect(expired).toContain("WARNING  The license expired 3 days ago. New sessions are refused");
    expect(instructions(facts, license.issuedAt - 1)).toContain(
      "The license begins on 2026-11-20T08:00:00.000Z. New sessions are refused until then.",
    );
  });

  it("hold a generated license key, without a warning", () => {
    const text = instructions({ ...facts, keyChosen: false, licenseKey: "generated" }, NOW);
    expect(text).toContain("export LICENSE_KEY=generated");
    expect(text).toContain("key: generated");
    expect(text).not.toContain("entropy");
  });

  it("say what the server runs on, and that a license of the user's was not verified", () => {
    const text = instructions(facts, NOW);
    expect(text).toContain("Acme`s Enterprise License (enterprise, unlimited seats), valid until 2026-11-21");
    expect(text).toContain("Without a trust anchor");
    expect(instructions({ ...facts, demo: true }, NOW)).not.toContain("trust anchor");
    const verified = { ...reading.license, trustedUntil: NOW };
    expect(instructions({ ...facts, license: verified }, NOW)).not.toContain("trust anchor");
  });

  it("let curl trust the server's own certificate, whatever its path", () => {
    const text = instructions({ ...facts, tlsCertPath: "/my certs/it's.pem" }, NOW);
    expect(text).toContain(`curl -sS --cacert '/my certs/it'\\''s.pem' `);
  });

  it("say where the dashboard is and how to sign in, unless it is turned off", () => {
    const text = instructions(facts, NOW);
    expect(text).toContain("  npx license-server status\n");
    expect(text).toMatch(
      /^ {2}npx license-server dashboard --admin +# .*http:\/\/127\.0\.0\.1:8080\/prefix\/dashboard$/m,
    );
    expect(instructions({ ...facts, dashboard: false }, NOW)).not.toContain("dashboard");
  });

  it("name the data folder and the certificate to the command line where it would not find them automatically", () => {
    const text = instructions({ ...facts, dataDir: "/my data", tlsCertPath: "/cert.pem" }, NOW);
    expect(text).toContain("  NODE_EXTRA_CA_CERTS=/cert.pem npx license-server status --data-dir '/my data'\n");
  });
});
