import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { SourceUnavailable } from "../../../shared/licensing/cached.ts";
import { type LicenseStore, licenseSource } from "../../../shared/licensing/license-source.ts";
import { fileSecret, type SecretSource } from "../../../shared/licensing/secret.ts";
import { readTrustAnchors } from "../../../shared/licensing/trust.ts";
import { createLogger } from "../../../shared/telemetry/logger.ts";
import { type Authority, mintAuthority } from "../../../tools/mint/authority.ts";
import { type MintOptions, mintLicense, mintTerms } from "../../../tools/mint/mint.ts";

const NOW = Date.parse("2026-11-20T08:00:00Z");

let root: Authority;
/** License files by how they stand at `NOW`. */
let files: Record<"good" | "other" | "ending" | "expired" | "early" | "forged", string>;
beforeAll(async () => {
  const lifetime = { notBefore: NOW - 100 * DAY_MS, notAfter: NOW + 1_000 * DAY_MS };
  root = await mintAuthority(lifetime);
  const mint = async (options: Partial<MintOptions> = {}): Promise<string> =>
    (
      await mintLicense({
        organization: "Canary",
        terms: mintTerms(),
        notBefore: NOW - DAY_MS,
        notAfter: NOW + 365 * DAY_MS,
        serialNumber: "01",
        issuedBy: root,
        ...options,
      })
    ).pem;
  files = {
    good: await mint(),
    other: await mint(),
    ending: await mint({ notAfter: NOW + 10 * MINUTE_MS }),
    expired: await mint({ notAfter: NOW - 1 }),
    early: await mint({ notBefore: NOW + DAY_MS }),
    forged: await mint({ issuedBy: await mintAuthority(lifetime) }),
  };
});

const BROKEN = "-----BEGIN CERTIFICATE-----\nQ2FuYXJ5\n-----END CERTIFICATE-----\n";
const REASON = { forged: "the license has a signature that is not its issuer's", broken: /not well-formed DER/ };

/** A store whose two versions a test sets; "down" fails. */
const setUp = (previous: "versions" | "last good" | "nothing" = "versions", verified = true) => {
  const world = { now: NOW, current: undefined as string | undefined, previous: undefined as string | undefined };
  const logs: { level: string; message: string; [field: string]: unknown }[] = [];
  const reading =
    (version: "current" | "previous"): SecretSource =>
    async () => {
      const value = world[version];
      if (value === "down") throw new Error("down");
      return value === undefined ? { found: false } : { found: true, value };
    };
  const store: LicenseStore = {
    current: reading("current"),
    previous: previous === "versions" ? reading("previous") : previous,
  };
  const now = () => world.now;
  const log = createLogger("debug", (line) => logs.push(JSON.parse(line)), now);
  const source = licenseSource(store, verified ? readTrustAnchors(root.pem) : undefined, now, log);
  /** What the source answers a minute later, with the name of the file that it holds. */
  const next = async () => {
    world.now += MINUTE_MS;
    const holding = await source();
    if (holding.kind !== "held") return holding;
    const { license, fallback } = holding;
    const name = Object.entries(files).find(([, pem]) => pem === license.pem)?.[0];
    return { kind: holding.kind, name, ...(fallback === undefined ? {} : { fallback }) };
  };
  return { world, logs, source, next };
};

describe("the license of a store", () => {
  it("is missing where nothing or nothing but space is stored, whatever stood there before", async () => {
    for (const current of [undefined, "", " \n\t"]) {
      const { world, next, logs } = setUp();
      Object.assign(world, { current, previous: files.good });
      expect(await next()).toEqual({ kind: "missing" });
      expect(logs.map(({ level, message }) => [level, message])).toEqual([["WARN", "license missing"]]);
    }
  });

  it("is invalid where its file is not valid UTF-8, with the place, and the last good one goes on", async () => {
    const folder = mkdtempSync(join(tmpdir(), "license-source-"));
    const path = join(folder, "license.pem");
    let now = NOW;
    const log = createLogger("error", () => undefined);
    const source = licenseSource({ current: fileSecret(path), previous: "last good" }, undefined, () => now, log);
    const damaged = Buffer.concat([Buffer.from("subject=Acm\n"), Buffer.of(0xe9), Buffer.from(files.good)]);
    writeFileSync(path, damaged);
    const reason = "the file is not valid UTF-8 at line 2, byte 1";
    expect(await source()).toEqual({ kind: "invalid", reason });
    writeFileSync(path, files.good);
    now += MINUTE_MS;
    expect(await source()).toMatchObject({ kind: "held", license: { pem: files.good } });
    writeFileSync(path, damaged);
    now += MINUTE_MS;
    expect(await source()).toMatchObject({ kind: "held", fallback: { reason } });
    rmSync(folder, { recursive: true });
  });

  it("is missing once its file is gone, though this process held a good one", async () => {
    const { world, next } = setUp("last good");
    world.current = files.good;
    await next();
    world.current = undefined;
    expect(await next()).toEqual({ kind: "missing" });
  });

  it.each(["good", "ending", "expired", "early"] as const)(
    "is the current one as long as it can be trusted, in force or not: %s",
    async (name) => {
      const { world, next } = setUp();
      Object.assign(world, { current: files[name], previous: files.other });
      expect(await next()).toEqual({ kind: "held", name });
    },
  );

  it.each(["good", "ending"] as const)(
    "is the previous one where the current one is bad and that one %s",
    async (name) => {
      for (const [current, reason] of [
        [files.forged, REASON.forged],
        [BROKEN, expect.stringMatching(REASON.broken)],
      ]) {
        const { world, next } = setUp();
        Object.assign(world, { current, previous: files[name] });
        expect(await next()).toEqual({ kind: "held", name, fallback: { reason } });
      }
    },
  );

  it("is invalid, with the current one's reason, where the previous one is no good either", async () => {
    for (const previous of [undefined, "", BROKEN, files.forged, files.expired, files.early]) {
      const { world, next } = setUp();
      Object.assign(world, { current: files.forged, previous });
      expect(await next()).toEqual({ kind: "invalid", reason: REASON.forged });
    }
  });

  it("is invalid where a version was chosen on purpose and is bad", async () => {
    const { world, next } = setUp("nothing");
    world.current = files.good;
    expect(await next()).toEqual({ kind: "held", name: "good" });
    world.current = BROKEN;
    expect(await next()).toMatchObject({ kind: "invalid" });
  });

  it("is the last good one this process held, where the store keeps no versions", async () => {
    const { world, next } = setUp("last good");
    world.current = BROKEN;
    expect(await next()).toMatchObject({ kind: "invalid" });
    world.current = files.good;
    await next();
    world.current = files.forged;
    expect(await next()).toEqual({ kind: "held", name: "good", fallback: { reason: REASON.forged } });
    world.current = BROKEN;
    expect(await next()).toMatchObject({ kind: "held", name: "good", fallback: {} });
    world.current = files.other;
    expect(await next()).toEqual({ kind: "held", name: "other" });
  });

  it("falls back no longer than the previous one is in force", async () => {
    const { world, next } = setUp();
    Object.assign(world, { current: BROKEN, previous: files.ending });
    expect(await next()).toMatchObject({ kind: "held", name: "ending" });
    world.now = NOW + 10 * MINUTE_MS;
    expect(await next()).toMatchObject({ kind: "invalid" });
  });

  it("is new within a minute of a swap, and is what it was until then", async () => {
    const { world, source } = setUp();
    world.current = files.good;
    await source();
    world.current = files.other;
    world.now += MINUTE_MS - 1;
    expect(await source()).toMatchObject({ license: { pem: files.good } });
    world.now += 1;
    expect(await source()).toMatchObject({ license: { pem: files.other } });
  });

  it("serves on for an hour while its store is down, be it only where the previous one is", async () => {
    const { world, next, source } = setUp();
    Object.assign(world, { current: files.forged, previous: files.good });
    await next();
    const readAt = world.now;
    for (const down of [{ current: "down" }, { current: files.forged, previous: "down" }]) {
      Object.assign(world, down);
      expect(await next()).toMatchObject({ kind: "held", name: "good" });
    }
    world.now = readAt + HOUR_MS;
    await expect(source()).rejects.toBeInstanceOf(SourceUnavailable);
  });

  it("is invalid from the moment on at which its issuer has expired", async () => {
    const { world, next } = setUp();
    world.current = files.good;
    expect(await next()).toMatchObject({ kind: "held" });
    world.now = NOW + 1_000 * DAY_MS;
    expect(await next()).toEqual({ kind: "invalid", reason: "trust anchor 1 has expired" });
  });
});

describe("the log", () => {
  const linesOf = (logs: { level: string; message: string }[]) =>
    logs.map(({ level, message }) => `${level} ${message}`);

  it("tells the terms at start and at every swap, never the license itself", async () => {
    const { world, next, logs } = setUp();
    world.current = files.good;
    await next();
    await next();
    world.current = files.other;
    await next();
    expect(linesOf(logs)).toEqual(["INFO license loaded", "INFO license loaded"]);
    expect(logs[0]).toMatchObject({ organization: "Canary", maxSeats: 10, signature: "verified" });
    expect(JSON.stringify(logs)).not.toContain("BEGIN");
    expect(JSON.stringify(logs)).not.toContain(files.good.split("\n")[1]);
  });

  it("says once, at start, that a license was only parsed where there is no trust anchor", async () => {
    const { world, next, logs } = setUp("versions", false);
    world.current = files.forged;
    await next();
    world.current = files.good;
    await next();
    expect(linesOf(logs)).toEqual([
      "WARN license parsed, its signature not verified: no trust anchor is configured",
      "INFO license loaded",
      "INFO license loaded",
    ]);
    expect(logs[1]).toMatchObject({ signature: "not verified" });
  });

  it("complains at every reading while the previous one serves, at most once a minute", async () => {
    const { world, source, next, logs } = setUp();
    Object.assign(world, { current: files.forged, previous: files.good });
    await next();
    await next();
    world.now += 30 * SECOND_MS;
    await source();
    const complaint = "ERROR license invalid, serving the previous one";
    expect(linesOf(logs)).toEqual(["INFO license loaded", complaint, complaint]);
    expect(logs[1]).toMatchObject({ reason: REASON.forged });
  });

  it("complains of an invalid license again and again, and anew at once after a good one", async () => {
    const { world, next, logs } = setUp("nothing");
    world.current = BROKEN;
    await next();
    await next();
    world.current = files.good;
    await next();
    world.current = BROKEN;
    await next();
    const complaint = "ERROR license invalid";
    expect(linesOf(logs)).toEqual([complaint, complaint, "INFO license loaded", complaint]);
    expect(JSON.stringify(logs)).not.toContain("Q2FuYXJ5");
  });
});
