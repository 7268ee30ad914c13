import { describe, expect, it } from "vitest";
import { linesOf } from "../../../../tools/local/engine/lines.ts";

const linesIn = (...chunks: string[]): string[] => {
  const lines: string[] = [];
  const add = linesOf((line) => lines.push(line));
  for (const chunk of chunks) add(chunk);
  return lines;
};

describe("the lines of the database's answers", () => {
  it("are whole, however they are cut into chunks", () => {
    const text = '{"id":1}\n{"id":2}\n\n{"id":3}\n';
    for (let size = 1; size <= text.length; size += 1) {
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, place) =>
        text.slice(place * size, (place + 1) * size),
      );
      expect(linesIn(...chunks), String(size)).toEqual(['{"id":1}', '{"id":2}', "", '{"id":3}']);
    }
  });

  it("end at line feeds only, not at U+2028 or U+2029, which JSON may contain", () => {
    expect(linesIn('{"name":"a\u2028b\u2029c\u0085d"}\n')).toEqual(['{"name":"a\u2028b\u2029c\u0085d"}']);
  });

  it("are given when they have ended", () => {
    expect(linesIn('{"id":1}\n{"id"')).toEqual(['{"id":1}']);
  });
});
