import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { renderer } from "../../../tools/cli/output.ts";
import { facts, table } from "../../../tools/cli/table.ts";
import { age, duration, ofMax, ports, safe } from "../../../tools/cli/text.ts";

const ESC = "\u001b";
// What ECMA-48 and Unicode let steer a terminal: C0 but for the line feed that ends our lines, DEL, C1, directions, line ends.
const STEERING = /(?!\n)[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\p{Cs}]/u;
const evil = fc.string({ unit: "binary" });

describe("text that somebody chose", () => {
  it("is shown as it is where it is a name, in any script", () => {
    for (const name of ["ana@example.com", "Łukasz Żółć", "山田 太郎", "نرگس\u200cها", "👩\u200d💻"])
      expect(safe(name)).toBe(name);
  });

  it("has what would steer a terminal escaped, so that it is seen and does nothing", () => {
    expect(safe(`${ESC}[2Jana`)).toBe("\\u001b[2Jana");
    expect(safe("ana\r\nroot")).toBe("ana\\u000d\\u000aroot");
    expect(safe("\u009b31m\u202eanna\u2066\ud800")).toBe("\\u009b31m\\u202eanna\\u2066\\ud800");
  });

  it("can steer a terminal in no cell of a table", () => {
    fc.assert(
      fc.property(evil, (name) => {
        expect(table(["Name"], [[name], [1]])).not.toMatch(STEERING);
        expect(facts([["name", name]])).not.toMatch(STEERING);
      }),
    );
  });

  it("comes through JSON and YAML unchanged, though neither can steer a terminal", async () => {
    const [json, yaml] = [await renderer("json"), await renderer("yaml")];
    fc.assert(
      fc.property(evil, (name) => {
        const value = { entries: [{ [name]: name, count: 1, none: null }] };
        for (const [render, read] of [
          [json, (text: string) => JSON.parse(text)],
          [yaml, (text: string) => parse(text)],
        ] as const) {
          const text = render(value, () => "");
          expect(text).not.toMatch(STEERING);
          expect(read(text)).toEqual(value);
        }
      }),
    );
  });
});

describe("durations", () => {
  it.each([
    [0, "0s"],
    [59, "59s"],
    [60, "1m"],
    [3_903, "1h 5m 3s"],
    [86_400, "1d"],
    [90_061, "1d 1h 1m 1s"],
  ])("of %d seconds read %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it("since a moment are told in their largest unit", () => {
    const now = Date.parse("2026-11-20T08:00:00Z");
    expect(age("2026-11-20T07:56:10Z", now)).toBe("3m ago");
    expect(age("2026-11-20T08:00:30Z", now)).toBe("0s ago");
    expect(age(null, now)).toBe("-");
  });
});

describe("tables", () => {
  it("stand in columns, without blanks at the ends of lines and with a dash where nothing is", () => {
    expect(
      table(
        ["Session ID", "Cluster"],
        [
          ["s-1", "staging"],
          ["session-2", null],
        ],
      ),
    ).toBe(["SESSION ID  CLUSTER", "s-1         staging", "session-2   -"].join("\n"));
  });

  it("keep their columns under wide letters", () => {
    expect(
      table(
        ["Name", "N"],
        [
          ["山田", 1],
          ["ana", 2],
        ],
      ),
    ).toBe(["NAME  N", "山田  1", "ana   2"].join("\n"));
  });

  it("name ports with what is done to them", () => {
    expect(
      ports([
        { port: 80, kind: "steal" },
        { port: 8080, kind: "mirror", filter: "x-user: ana" },
      ]),
    ).toBe("80 (steal), 8080 (mirror, x-user: ana)");
  });

  it("tell of a limit only where there is one", () => {
    expect([ofMax(8, 25), ofMax(8, null)]).toEqual(["8 of 25", "8 (unlimited)"]);
  });
});
