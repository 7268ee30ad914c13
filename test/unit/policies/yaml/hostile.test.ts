import { describe, expect, it } from "vitest";
import { parseEntries, type YamlEntries } from "../../../../shared/policies/yaml/parse.ts";

const MIB = 1024 * 1024;

/** Texts whose cost must not grow faster than they do. The size of what comes back is a measure of the work. */
const sizeOf = ({ faults, notices }: YamlEntries): number =>
  [...faults, ...notices].reduce((sum, { path, message }) => sum + path.length + message.length, 0);

const repeated = (text: string, length: number): string => text.repeat(Math.floor(length / text.length));

describe("hostile YAML", () => {
  it.each([
    ["escapes that do not exist", `a: "${repeated("\\q", MIB / 2)}"`, 1],
    ["half an escape", `a: "${repeated("\\u00", MIB / 2)}"`, 1],
    ["an escape beyond Unicode", 'a: "\\UFFFFFFFF"', 1],
    ["brackets that close nothing", repeated("]\n", 300_000), 1],
    ["braces that close nothing in a list", `- ${repeated("} ", 300_000)}`, 1],
    ["ambiguous words", `[${repeated("on,", 150_000)}]`, 101],
    ["keys twice", `[${repeated("{a: 1, a: 1},", 200_000)}]`, 101],
    ["wrong documents", repeated("--- 1\n", 600), 100],
    ["annotations", `kind: MirrordPolicy\nmetadata:\n annotations: {${repeated("a b: c,", 90_000)}}\nspec: {}`, 101],
  ])("of many %s has few faults", (_what, text, most) => {
    const { entries, faults } = parseEntries(text);
    expect(entries).toEqual([]);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.length).toBeLessThanOrEqual(most);
  });

  it("says that it does not list all faults", () => {
    const { faults } = parseEntries(`[${repeated("on,", 3_000)}]`);
    expect(faults.at(-1)).toEqual({ line: 1, path: "", message: "More faults are not listed. Fix these first." });
  });

  it("is not repeated at length in a fault", () => {
    for (const text of [
      `a: 1${repeated(":59", MIB / 2)}`,
      `a: |${repeated("9", MIB / 2)}`,
      `? "${repeated("a", MIB / 2)}"\n: [${repeated("on,", 600)}]`,
      `${repeated("k", 1_000)}: 1\nb: 2`,
    ])
      expect(sizeOf(parseEntries(text))).toBeLessThan(100_000);
  });

  it.each([
    ["lists", "-"],
    ["maps", "a:"],
    ["lists in maps", "a: - - -"],
    ["compact lists", "- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - -"],
  ])("with thousands of %s, each deeper than the one before, is too deep", (_what, line) => {
    const text = Array.from({ length: 1_000 }, (_, depth) => `${" ".repeat(depth)}${line}`).join("\n");
    expect(parseEntries(text).faults.map(({ message }) => message)).toEqual([
      "The text is nested deeper than 32 levels.",
    ]);
  });

  it("is not too deep for comments, wrapped texts and lists in brackets that are indented by much", () => {
    const indented = (lines: readonly string[]) => lines.map((line, n) => `${" ".repeat(40 - n)}${line}`).join("\n");
    const lines = Array.from({ length: 39 }, (_, n) => `x${n}`);
    for (const value of [
      `|\n${" ".repeat(41)}y\n${" ".repeat(41)}z`,
      `[\n${indented(lines.map((line) => `${line},`))}]`,
      `x\n${indented(lines.map((line) => `# ${line}`))}`,
      `x\n${indented(lines)}`,
    ])
      expect(parseEntries(`a: ${value}\nb: 1`).faults.map(({ message }) => message)).not.toContain(
        "The text is nested deeper than 32 levels.",
      );
  });

  // Each node had its whole path as a text: 10,000 nodes below 30 keys of 1,000 characters took gigabytes.
  it("with long keys above many nodes takes no memory for their paths", () => {
    const keys = Array.from({ length: 20 }, (_, depth) => `${" ".repeat(depth)}${"k".repeat(1_000)}:\n`).join("");
    const text = `${keys}${" ".repeat(20)}[${repeated("1,", 10_000)}]`;
    const before = process.cpuUsage().user;
    expect(parseEntries(text).faults.length).toBeGreaterThan(0);
    expect((process.cpuUsage().user - before) / 1_000).toBeLessThan(2_000);
  });
});
