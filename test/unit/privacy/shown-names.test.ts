import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PRIMARY_KEYS } from "../../../shared/contract/primary-keys.ts";
import { compilePattern, type Pattern } from "../../../shared/patterns/regular-expression.ts";
import { createShownNames } from "../../../shared/privacy/shown-names.ts";

const KEY = "k".repeat(43);
const pattern = (source: string): Pattern => {
  const reading = compilePattern(source);
  if (!reading.ok) throw new Error(reading.reason);
  return reading.pattern;
};
const EXACT_NAMES = createShownNames({ strip: undefined, pseudonymKey: undefined });
const pseudonyms = createShownNames({ strip: pattern("@.*$"), pseudonymKey: KEY });
const stripping = (strip: string) => createShownNames({ strip: pattern(strip), pseudonymKey: undefined });

describe("shown names", () => {
  it("are the true ones by default", () => {
    for (const name of ["ana@example.com", "", "ana"])
      for (const show of [EXACT_NAMES.person, EXACT_NAMES.machine, EXACT_NAMES.machineId, EXACT_NAMES.seat])
        expect(show(name)).toBe(name);
  });

  it("lack every match of the pattern", () => {
    expect(stripping("@example\\.com$").person("ana@example.com")).toBe("ana");
    expect(stripping("[ae]").person("anae")).toBe("n");
    expect(stripping("\\.corp\\.local$").machine("ana-laptop.corp.local")).toBe("ana-laptop");
  });

  it("are whole where nothing would be left of them, and the ids of machines always are", () => {
    expect(stripping(".*").person("ana")).toBe("ana");
    expect(stripping("SHA256:").machineId("SHA256:ana")).toBe("SHA256:ana");
  });

  it("that are pseudonyms look alike and hold nothing of the name", () => {
    expect(pseudonyms.person("ana@example.com")).toMatch(/^user-[0-9a-f]{12}$/);
    expect(pseudonyms.machine("ana-laptop")).toMatch(/^machine-[0-9a-f]{12}$/);
    expect(pseudonyms.machineId("SHA256:ana")).toMatch(/^machine-[0-9a-f]{12}$/);
    expect(pseudonyms.seat("hash")).toMatch(/^seat-[0-9a-f]{12}$/);
  });

  it("that are pseudonyms are the same for the same name, others for other names, and others under another key", () => {
    const elsewhere = createShownNames({ strip: undefined, pseudonymKey: "another" });
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(pseudonyms.person(one) === pseudonyms.person(other)).toBe(one === other);
        expect(pseudonyms.person(one)).not.toBe(elsewhere.person(one));
      }),
    );
  });

  it("of a usage row are those of what it is told apart by", () => {
    const shown = PRIMARY_KEYS.map((key) => pseudonyms.identifier(key, "ana").split("-")[0]);
    expect(Object.fromEntries(PRIMARY_KEYS.map((key, place) => [key, shown[place]]))).toEqual({
      machine_id: "machine",
      username: "user",
      client_username: "user",
      client_hostname: "machine",
      person: "user",
    });
  });
});
