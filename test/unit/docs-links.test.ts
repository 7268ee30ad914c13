import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const FILES = ["README.md", "CHANGELOG.md", ...globSync("docs/**/*.md", { cwd: ROOT })];

/** What a heading's anchor is called where Markdown is shown (GitHub's rule). */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

const withoutCode = (markdown: string): string => markdown.replace(/^ *```[\s\S]*?^ *```/gm, "");

const anchorsIn = (path: string): string[] =>
  [...withoutCode(readFileSync(path, "utf8")).matchAll(/^#+ (.+)$/gm)].map((match) => anchorOf(match[1] ?? ""));

it.each(FILES)("every link in %s to another document, or to a heading, leads there", (file) => {
  const path = join(ROOT, file);
  const links = [...withoutCode(readFileSync(path, "utf8")).matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]*))?\)/g)];
  const broken = links.filter(([, to = "", anchor]) => {
    const target = to === "" ? path : join(dirname(path), to);
    const [found] = globSync(relative(ROOT, target), { cwd: ROOT });
    return found === undefined || (anchor !== undefined && !anchorsIn(target).includes(anchor));
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});

describe("docs/architecture.md", () => {
  const text = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");
  const named = [...withoutCode(text).matchAll(/`((?:dashboard|functions|infra|shared|test|tools)\/[^`\s]*)`/g)];

  it("names only files and folders that exist", () => {
    expect(named.length).toBeGreaterThan(80);
    expect(named.map(([, path = ""]) => path).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it("gives every folder of shared/ a place in the picture and a file to open first", () => {
    const [, picture = ""] = text.split("```");
    const folders = globSync("shared/*/", { cwd: ROOT }).map((path) => basename(path));
    expect(folders.length).toBeGreaterThan(10);
    expect(folders.filter((name) => !new RegExp(` ${name} {2,}`).test(picture))).toEqual([]);
    expect(folders.filter((name) => !text.includes(`| \`shared/${name}/\` | \`shared/${name}/`))).toEqual([]);
  });
});
