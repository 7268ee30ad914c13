import type { Prose } from "./rules.ts";

/**
 * The prose of a Markdown file: paragraphs, headings, list items and table cells, each as a text of its own. Left out: fenced
 * and indented code, HTML comments, the addresses of links. A code span counts as one word.
 */
export const markdownProse = (file: string, source: string): Prose[] => {
  const texts: Prose[] = [];
  let open: Prose | undefined;
  let fence: string | undefined;
  let isComment = false;
  const close = () => {
    if (open !== undefined) texts.push({ ...open, text: withoutCode(open.text) });
    open = undefined;
  };
  for (const [index, raw] of source.split("\n").entries()) {
    const line = index + 1;
    const bare = raw.trim();
    const mark = /^(```+|~~~+)/.exec(bare)?.[1];
    if (fence !== undefined) {
      if (mark !== undefined && mark.length >= fence.length) fence = undefined;
    } else if (isComment || bare.startsWith("<!--")) {
      isComment = !bare.includes("-->");
    } else if (mark !== undefined) {
      close();
      fence = mark;
    } else if (bare.startsWith("|")) {
      close();
      for (const cell of bare.split(/(?<!\\)\|/)) texts.push({ file, line, text: withoutCode(cell) });
    } else {
      if (bare === "" || /^(#|[-*+] |\d+\. |>)/.test(bare)) close();
      if (bare !== "") {
        if (open === undefined) open = { file, line, text: bare };
        else open.text += `\n${bare}`;
        if (bare.startsWith("#")) close();
      }
    }
  }
  close();
  return texts.filter(({ text }) => text.trim() !== "");
};

const withoutCode = (text: string): string =>
  text
    .replace(/(`+)[\s\S]*?\1/g, (span) => `code${"\n".repeat(span.split("\n").length - 1)}`)
    .replace(/\]\([^)]*\)/g, "]")
    .replace(/<[^>\n]*>/g, "");
