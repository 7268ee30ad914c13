import { describe, expect, it } from "vitest";
import { markdownProse } from "../../../tools/verify/words/markdown.ts";
import { type Prose, wordFaults } from "../../../tools/verify/words/rules.ts";
import { sourceProse } from "../../../tools/verify/words/source.ts";

const words = (count: number): string => Array.from({ length: count }, (_, index) => `word${index}`).join(" ");
const places = (texts: readonly Prose[]): string[] =>
  texts.flatMap(wordFaults).map(({ file, line, message }) => `${file}:${line} ${message}`);

describe("the check of words", () => {
  it("refuses a planted word in a page, with its line and what to write", () => {
    expect(places(markdownProse("docs/a.md", "# Title\n\nThe server\ntells the operator."))).toEqual([
      'docs/a.md:4 "tells": write reports, says or shows',
    ]);
  });

  it.each([
    "The operator is told.",
    "It fails for want of a key.",
    "This mends the file.",
    "The file is mended.",
    "It starts by itself.",
    "Whoever has the key may call.",
    "Ten users, two of whom left.",
    "Say which server is meant.",
    "Others see it, so rather use a file.",
    "What runs, runs on.",
  ])("refuses %j", (text) => {
    expect(places(markdownProse("a.md", text))).toHaveLength(1);
  });

  it.each(["The server runs on port 8080.", "We recommend it.", "Amendments are listed.", "Tell the admin."])(
    "accepts %j",
    (text) => {
      expect(places(markdownProse("a.md", text))).toEqual([]);
    },
  );

  it("refuses a sentence of more than 35 words, over the lines of a paragraph, and no shorter one", () => {
    expect(places(markdownProse("a.md", `Short. ${words(20)}\n${words(16)}. Short.`))).toEqual([
      "a.md:1 a sentence of 36 words: at most 35",
    ]);
    expect(places(markdownProse("a.md", `${words(35)}. ${words(35)}.`))).toEqual([]);
  });

  it("takes each list item, heading and table cell for a text of its own", () => {
    const page = [`# ${words(20)}`, `- ${words(30)}`, `- ${words(30)}`, `| ${words(30)} | ${words(30)} |`].join("\n");
    expect(places(markdownProse("a.md", page))).toEqual([]);
  });

  it("leaves out code, comments and addresses of a page", () => {
    const page = ["`tells` and [a link](tells.md)", "```sh", "tells", "```", "<!-- tells -->"].join("\n");
    expect(places(markdownProse("a.md", page))).toEqual([]);
  });

  it("reads comments, strings, templates and the text of a page's elements", () => {
    const source = [
      "// This tells the reader.",
      "/** Who is told. */",
      'const a = "it tells nothing";',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the source under test holds a template
      "const b = `it tells ${a}`;",
      "const c = <p>It tells nothing</p>;",
    ].join("\n");
    expect(places(sourceProse("a.tsx", source)).map((place) => place.split(" ")[0])).toEqual([
      "a.tsx:3",
      "a.tsx:4",
      "a.tsx:5",
      "a.tsx:1",
      "a.tsx:2",
    ]);
  });

  it("leaves out names in code, and single words, which are values", () => {
    expect(places(sourceProse("a.ts", 'const tells = "tells"; tells.told; // see `tells`'))).toEqual([]);
  });
});
