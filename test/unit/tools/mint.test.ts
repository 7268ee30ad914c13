import { execFile } from "node:child_process";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OPTION_NAMES, parseMintArguments } from "../../../tools/mint/arguments.ts";
import { type MintOptions, mintLicense, mintTerms } from "../../../tools/mint/mint.ts";

const NOW = Date.parse("2026-11-20T08:00:00Z");
const DAY_MS = 86_400_000;

const OPTIONS: MintOptions = {
  organization: "Acme",
  terms: mintTerms(),
  notBefore: NOW,
  notAfter: NOW + 365 * DAY_MS,
  serialNumber: "0a1b2c",
};

/** Where the terms begin in a license: the extension's OID, `critical`, and the octets that follow. */
const termsIn = (der: Buffer): { critical: boolean; text: string } => {
  // From the format's definition, not from the code: OBJECT IDENTIFIER, 23 octets, which are this text.
  const oid = Buffer.concat([Buffer.from([0x06, 0x17]), Buffer.from("/metalbear/license/info", "ascii")]);
  const after = der.subarray(der.indexOf(oid) + oid.length);
  const critical = after.subarray(0, 3).equals(Buffer.from([0x01, 0x01, 0xff]));
  const octets = after.subarray(critical ? 3 : 0);
  const [tag, length = 0] = octets;
  if (tag !== 0x04 || length >= 0x80) throw new Error("not a short OCTET STRING");
  return { critical, text: octets.subarray(2, 2 + length).toString() };
};

describe("a minted license", () => {
  it("is a certificate with the subject, issuer, times and serial number asked for", async () => {
    const { pem } = await mintLicense({ ...OPTIONS, name: "Acme`s License", organization: "Acme, Inc." });
    const certificate = new X509Certificate(pem);
    expect(certificate.subject).toBe("CN=Acme`s License\nO=Acme\\, Inc.");
    expect(certificate.issuer).toBe("CN=mirrord license mint\nO=mirrord license mint");
    expect(certificate.serialNumber).toBe("0A1B2C");
    expect(certificate.validFromDate).toEqual(new Date(OPTIONS.notBefore));
    expect(certificate.validToDate).toEqual(new Date(OPTIONS.notAfter));
  });

  it("is called after its organization and type where no name is given", async () => {
    const subjects = ["teams", "enterprise"].map(async (type) => {
      const { pem } = await mintLicense({ ...OPTIONS, terms: mintTerms({ type }) });
      return new X509Certificate(pem).subject;
    });
    expect(await Promise.all(subjects)).toEqual([
      "CN=Acme`s Teams License\nO=Acme",
      "CN=Acme`s Enterprise License\nO=Acme",
    ]);
  });

  it("carries its terms as a critical extension under the vendor's OID", async () => {
    const terms = { type: "teams", max_seats: 3 };
    const { pem } = await mintLicense({ ...OPTIONS, terms });
    expect(termsIn(new X509Certificate(pem).raw)).toEqual({ critical: true, text: '{"type":"teams","max_seats":3}' });
  });

  it("carries terms given as text as they stand", async () => {
    const { pem } = await mintLicense({ ...OPTIONS, terms: "not JSON {" });
    expect(termsIn(new X509Certificate(pem).raw).text).toBe("not JSON {");
  });

  it("is signed with Ed25519 by its authority, a self-signed root", async () => {
    const { pem, caPem } = await mintLicense(OPTIONS);
    const [license, root] = [new X509Certificate(pem), new X509Certificate(caPem)];
    expect(root.ca).toBe(true);
    expect(root.publicKey.asymmetricKeyType).toBe("ed25519");
    expect(root.verify(root.publicKey)).toBe(true);
    expect(license.verify(root.publicKey)).toBe(true);
    expect(license.checkIssued(root)).toBe(true);
    const other = new X509Certificate((await mintLicense(OPTIONS)).caPem);
    expect(license.verify(other.publicKey)).toBe(false);
  });

  it("labels its key as X25519 unless asked for the truth", async () => {
    const labels = [{}, { keyLabel: "X25519" as const }, { keyLabel: "Ed25519" as const }].map(async (label) => {
      const { pem } = await mintLicense({ ...OPTIONS, ...label });
      return new X509Certificate(pem).publicKey.asymmetricKeyType;
    });
    expect(await Promise.all(labels)).toEqual(["x25519", "x25519", "ed25519"]);
  });

  it("has its private key before it and its authority behind it where asked", async () => {
    const { pem, caPem } = await mintLicense({
      ...OPTIONS,
      keyLabel: "Ed25519",
      withPrivateKey: true,
      withChain: true,
    });
    expect([...pem.matchAll(/-----BEGIN ([A-Z ]+)-----/g)].map((match) => match[1])).toEqual([
      "PRIVATE KEY",
      "CERTIFICATE",
      "CERTIFICATE",
    ]);
    expect(pem.endsWith(caPem)).toBe(true);
    const license = new X509Certificate(pem);
    expect(license.issuer).not.toBe(license.subject);
    const spki = { type: "spki", format: "der" } as const;
    expect(license.publicKey.export(spki)).toEqual(createPublicKey(createPrivateKey(pem)).export(spki));
  });

  it("keeps whole seconds only, and tells years beyond 2049", async () => {
    const { pem } = await mintLicense({
      ...OPTIONS,
      notBefore: NOW + 999,
      notAfter: Date.parse("2061-02-03T04:05:06.7Z"),
    });
    expect(new X509Certificate(pem).validFromDate).toEqual(new Date(NOW));
    expect(new X509Certificate(pem).validToDate).toEqual(new Date("2061-02-03T04:05:06Z"));
  });
});

describe("the mint's arguments", () => {
  it("need only name the organization", () => {
    expect(parseMintArguments(["--organization", "Acme"], NOW)).toEqual({
      kind: "mint",
      command: {
        license: {
          organization: "Acme",
          terms: mintTerms(),
          notBefore: NOW,
          notAfter: NOW + 365 * DAY_MS,
          withPrivateKey: false,
          withIntermediate: false,
          withChain: false,
        },
        out: "license.pem",
        caOut: undefined,
        force: false,
      },
    });
  });

  it("say all there is to say of a license", () => {
    const line =
      "--organization Acme --name=Zoo --type enterprise --seats unlimited --tracking KubernetesUser --subscription-id s-1 " +
      "--organization-id o-1 --min-operator-version 3.120.0 --trial --days 30 --from 2026-01-01 --out a.pem --ca-out b.pem " +
      "--edition community --modules governance,planning --max-operators 3 --max-requests-per-second 12.5 " +
      "--with-key --with-intermediate --with-chain --force";
    expect(parseMintArguments(line.split(" "), NOW)).toEqual({
      kind: "mint",
      command: {
        license: {
          organization: "Acme",
          name: "Zoo",
          terms: mintTerms({
            type: "enterprise",
            max_seats: null,
            seat_tracking_mode: "KubernetesUser",
            subscription_id: "s-1",
            organization_id: "o-1",
            min_operator_version: "3.120.0",
            trial: true,
            edition: "community",
            modules: ["governance", "planning"],
            max_operators: 3,
            max_requests_per_second: 12.5,
          }),
          notBefore: Date.parse("2026-01-01T00:00:00Z"),
          notAfter: Date.parse("2026-01-31T00:00:00Z"),
          withPrivateKey: true,
          withIntermediate: true,
          withChain: true,
        },
        out: "a.pem",
        caOut: "b.pem",
        force: true,
      },
    });
  });

  it("write no term of an edition that is not given, and null for all and unlimited", () => {
    const termsOf = (line: string): unknown => {
      const parsed = parseMintArguments(line.split(" "), NOW);
      return parsed.kind === "mint" ? parsed.command.license.terms : parsed;
    };
    const json = (terms: unknown): unknown => JSON.parse(JSON.stringify(terms));
    expect(json(termsOf("--organization A"))).toEqual(mintTerms());
    expect(json(termsOf("--organization A --edition premium"))).toEqual(mintTerms({ edition: "premium" }));
    const unlimited = "--modules all --max-operators unlimited --max-requests-per-second unlimited";
    expect(termsOf(`--organization A --edition premium ${unlimited}`)).toEqual(
      mintTerms({ edition: "premium", modules: null, max_operators: null, max_requests_per_second: null }),
    );
  });

  it("are faulted all at once", () => {
    const line =
      "x --seats 1.5 --type team --days 0 --from tomorrow --tracking people --min-operator-version new --bogus --trial=yes " +
      "--name --out a --ca-out ./a --days 1";
    expect(parseMintArguments(line.split(" "), NOW)).toEqual({
      kind: "bad",
      faults: [
        '"x" does not belong to an option',
        "--bogus is not an option",
        "--trial has no value",
        "--name needs a value",
        "--days is given twice",
        "--organization is missing",
        "--type must be teams or enterprise",
        "--seats must be a whole number of at least 0, or unlimited",
        "--tracking must be ClientCertificate or KubernetesUser",
        "--min-operator-version must be a version such as 3.120.0",
        "--days must be a whole number from 1 to 36500",
        "--from must be a time such as 2026-11-20 or 2026-11-20T08:00:00Z",
        "--out and --ca-out must be two files",
      ],
    });
  });

  it.each([
    [["--organization"], "--organization needs a value"],
    [["--organization", ""], "--organization must be text on one line"],
    [["--organization=a\nb"], "--organization must be text on one line"],
    [["--organization", "A", "--edition", "gold"], "--edition must be community or premium"],
    [["--organization", "A", "--modules", "all"], "--modules needs --edition"],
    [["--organization", "A", "--max-operators", "3"], "--max-operators needs --edition"],
    [["--organization", "A", "--max-requests-per-second", "3"], "--max-requests-per-second needs --edition"],
    ...(
      [
        ["modules", "A b", "names separated by commas, or all"],
        ["max-operators", "1.5", "a whole number of at least 0, or unlimited"],
        ["max-requests-per-second", "0", "a number above 0, or unlimited"],
      ] as const
    ).map(([option, value, must]): [string[], string] => [
      ["--organization", "A", "--edition", "premium", `--${option}`, value],
      `--${option} must be ${must}`,
    ]),
    [["--organization", "A", "--seats", "-1"], "--seats needs a value"],
    [["--organization", "A", "--seats=-1"], "--seats must be a whole number of at least 0, or unlimited"],
    [["--organization", "A", "--seats", "0x10"], "--seats must be a whole number of at least 0, or unlimited"],
    [["--organization", "A", "--days", "36501"], "--days must be a whole number from 1 to 36500"],
    [
      ["--organization", "A", "--from", "2026-02-30"],
      "--from must be a time such as 2026-11-20 or 2026-11-20T08:00:00Z",
    ],
    [["--organization", "A", "B"], '"B" does not belong to an option'],
  ])("are refused as %j", (args, fault) => {
    expect(parseMintArguments(args, NOW)).toEqual({ kind: "bad", faults: expect.arrayContaining([fault]) });
  });

  it("ask for help, whatever else they say", () => {
    expect(parseMintArguments(["--bogus", "--help"], NOW)).toEqual({ kind: "help" });
  });
});

describe("the mint's command", () => {
  const MAIN = join(import.meta.dirname, "../../../tools/mint/main.ts");
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "mint-"));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  const run = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const child = execFile(process.execPath, [MAIN, ...args], { cwd: directory }, (_, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });

  it("writes a license that only its owner may read, and shows nothing of it but its facts", async () => {
    const { code, stdout, stderr } = await run("--organization", "Acme", "--seats", "7", "--ca-out", "ca.pem");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const pem = await readFile(join(directory, "license.pem"), "utf8");
    expect((await stat(join(directory, "license.pem"))).mode & 0o777).toBe(0o600);
    const certificate = new X509Certificate(pem);
    expect(certificate.verify(new X509Certificate(await readFile(join(directory, "ca.pem"))).publicKey)).toBe(true);
    const fingerprint = Buffer.from(certificate.fingerprint256.replaceAll(":", ""), "hex").toString("base64");
    expect(stdout).toContain("Acme`s Teams License (teams, 7 seats)");
    expect(stdout).toContain(fingerprint.replace("=", ""));
    expect(stdout).not.toContain(pem.split("\n")[1]);
  });

  it("overwrites nothing unless forced, and then leaves no file more readable than it should be", async () => {
    const file = join(directory, "license.pem");
    await writeFile(file, "mine");
    await chmod(file, 0o644);
    const refused = await run("--organization", "Acme", "--ca-out", "ca.pem");
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("license.pem exists. To overwrite it: --force");
    expect(await readFile(file, "utf8")).toBe("mine");
    expect(await readdir(directory)).toEqual(["license.pem"]);

    expect(await run("--organization", "Acme", "--force")).toMatchObject({ code: 0 });
    expect(new X509Certificate(await readFile(file)).subject).toContain("Acme");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(["license.pem"]);
  });

  it("ends with 2 and writes nothing where arguments are bad", async () => {
    const { code, stdout, stderr } = await run("--seats", "many", "--days", "never");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.split("\n")).toEqual([
      "mint: --organization is missing",
      "mint: --seats must be a whole number of at least 0, or unlimited",
      "mint: --days must be a whole number from 1 to 36500",
      "mint: See --help",
      "",
    ]);
    expect(await readdir(directory)).toEqual([]);
  });

  it("ends with 1 where the file cannot be written", async () => {
    expect(await run("--organization", "Acme", "--out", "no/such/folder.pem")).toMatchObject({ code: 1, stdout: "" });
  });

  it("explains every option", async () => {
    const { code, stdout } = await run("--help");
    expect(code).toBe(0);
    for (const option of OPTION_NAMES.filter((name) => name !== "help")) expect(stdout).toContain(`\n  --${option} `);
  });
});
