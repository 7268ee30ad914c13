import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { PROBLEM_STATUS } from "../../shared/contract/problems.ts";
import { withRouteTable } from "../../tools/openapi/route-table.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const api = read("docs/api.md");

it("the table of routes in docs/api.md is the contract's", () => {
  expect(withRouteTable(api)).toBe(api);
});

it("README links to every document", () => {
  const readme = read("README.md");
  const pages = globSync("docs/*.md", { cwd: ROOT });
  expect(pages.length).toBeGreaterThan(15);
  expect(pages.filter((page) => !readme.includes(`](${page})`))).toEqual([]);
});

it("docs/api.md lists every error code with its status", () => {
  const rows = [...api.matchAll(/^\| (\d{3}) \| (`[^|]+`) \|/gm)].flatMap(([, status, codes = ""]) =>
    codes.split(", ").map((code) => [code.replaceAll("`", ""), Number(status)]),
  );
  expect(Object.fromEntries(rows)).toEqual(PROBLEM_STATUS);
});

it("every npm script that README and the documents name exists", () => {
  const code = ["README.md", ...globSync("docs/*.md", { cwd: ROOT })].flatMap((path) => read(path).match(CODE) ?? []);
  const named = code.flatMap((text) =>
    [...text.matchAll(/\bnpm (?:run (?:-s |--silent )?)?([a-z][a-z:-]*)/g)].map(([, name = ""]) => name),
  );
  const scripts = new Set(named.filter((name) => !NPM_COMMANDS.includes(name)));
  expect(scripts.size).toBeGreaterThan(15);
  expect(Object.keys(packageJson.scripts)).toEqual(expect.arrayContaining([...scripts]));
});

const CODE = /```[\s\S]*?```|`[^`\n]+`/g;
const NPM_COMMANDS = ["ci", "link", "sbom", "ls"];

it("docs/local.md lists exactly the environment variables that the local server reads", () => {
  const cells = [...read("docs/local.md").matchAll(/^\| (`[A-Z][^|]+) \|/gm)].map(([, cell = ""]) => cell);
  const listed = cells.flatMap((cell) => cell.match(/[A-Z_]{4,}/g) ?? []);
  const known = [...read("tools/local/settings.ts").matchAll(/"([A-Z_]{4,})"/g)].map(([, name = ""]) => name);
  expect(listed.sort()).toEqual([...new Set(known)].sort());
});
