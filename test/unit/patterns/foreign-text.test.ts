import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const SOURCES = globSync("{infra,functions,shared,tools,dashboard}/**/*.{ts,tsx}", { cwd: ROOT })
  .filter((file) => !file.startsWith("dashboard/dist/"))
  .map((file) => ({ file, text: readFileSync(join(ROOT, file), "utf8") }));

// A repeated group with a repetition without bound inside: with two ways to split a text, the engine tries them all.
const NESTED = /\((?:[^()\\\n]|\\.)*[+*](?:[^()\\\n]|\\.)*\)(?:[+*]|\{\d+,)/g;

/** Each of these groups has a fixed length, or begins with a character that it cannot contain: a text splits in one way. */
const ONE_WAY = new Set([
  "(?:[A-Za-z0-9+/]{4})*",
  "(\\/[A-Za-z0-9][\\w.-]*)*",
  "(\\/[A-Za-z0-9_.-]+)*",
  "(\\/[\\w.~-]+)+",
  "(-[a-z]+)+",
  "(?:-[a-z]+)+",
]);

describe("a regular expression in the code", () => {
  it("is never built from a text at run time", () => {
    const building = SOURCES.filter(({ text }) => /\bRegExp\(/.test(text)).map(({ file }) => file);
    // From the names of fields in /proc, which are constants.
    expect(building).toEqual(["tools/verify/soak/sampler.ts"]);
  });

  it("repeats no repetition that could try a text in many ways", () => {
    const nested = SOURCES.flatMap(({ text }) =>
      [...text.matchAll(NESTED)].map(([group]) => group.replace(/\{\d+,$/, "")),
    );
    expect(new Set(nested)).toEqual(ONE_WAY);
  });
});
