import { describe, expect, it } from "vitest";
import { readLicenseFile } from "../../../shared/licensing/license-file.ts";
import { watchLicense } from "../../../shared/licensing/watch.ts";
import { createLogger } from "../../../shared/telemetry/logger.ts";
import { mintLicense, mintTerms } from "../../../tools/mint/mint.ts";

const DAY = 86_400_000;
const END = Date.parse("2027-03-01T12:00:00Z");

const { pem } = await mintLicense({
  organization: "Acme",
  terms: mintTerms({ max_seats: 7 }),
  notBefore: END - 365 * DAY,
  notAfter: END,
  serialNumber: "01",
});
const reading = readLicenseFile(pem);
if (!reading.ok) throw new Error(reading.reason);
const { license } = reading;

const watch = (holding: Parameters<typeof watchLicense>[0], now: number) => {
  const lines: { level: string; message: string; days_left?: number }[] = [];
  const outcome = watchLicense(
    holding,
    now,
    createLogger(
      "debug",
      (line) => lines.push(JSON.parse(line)),
      () => now,
    ),
  );
  return { outcome, lines };
};

describe("the daily look at the license", () => {
  it("warns 30, 14, 7, 2 and 1 days before the end, says so on other days, and is an error every day after", () => {
    const levels = new Map<number, string>();
    for (let days = 40; days >= -3; days -= 1) {
      const { lines } = watch({ kind: "held", license }, END - days * DAY);
      expect(lines).toHaveLength(1);
      levels.set(days, lines[0]?.level ?? "");
    }
    const daysOf = (level: string) => [...levels].filter(([, one]) => one === level).map(([days]) => days);
    expect(daysOf("WARN")).toEqual([30, 14, 7, 2, 1]);
    expect(daysOf("ERROR")).toEqual([0, -1, -2, -3]);
    expect(daysOf("INFO")).toHaveLength(44 - 9);
  });

  it("counts begun days, so that a look at any hour of the day warns once for each", () => {
    const { lines } = watch({ kind: "held", license }, END - 6.5 * DAY);
    expect(lines[0]).toMatchObject({ level: "WARN", days_left: 7 });
  });

  it("tells the terms, never the PEM", () => {
    const { lines } = watch({ kind: "held", license }, END - 100 * DAY);
    expect(lines[0]).toMatchObject({ message: "license valid", maxSeats: 7, fingerprint: license.fingerprint });
    const body = pem.split("\n")[3] ?? "";
    expect(body.length).toBeGreaterThan(40);
    expect(JSON.stringify(lines)).not.toContain(body);
  });

  it("is an error where there is none, where it is not valid, and where the one before has to serve", () => {
    expect(watch({ kind: "missing" }, END).lines).toMatchObject([{ level: "ERROR" }]);
    expect(watch({ kind: "invalid", reason: "no" }, END).lines).toMatchObject([{ level: "ERROR", reason: "no" }]);
    const { lines } = watch({ kind: "held", license, fallback: { reason: "no" } }, END - 100 * DAY);
    expect(lines.map(({ level }) => level)).toEqual(["ERROR", "INFO"]);
  });
});
