import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { withRouteTable } from "../../tools/openapi/route-table.ts";

const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");

it("README's table of routes is the contract's", () => {
  expect(withRouteTable(readme)).toBe(readme);
});

it("every npm script that README names exists", () => {
  const named = [...readme.matchAll(/npm (?:run )?(?:--silent )?([a-z][a-z:-]*)/g)].map((match) => match[1] ?? "");
  const scripts = named.filter((name) => !["ci", "run"].includes(name));
  expect(scripts.length).toBeGreaterThan(5);
  expect(Object.keys(packageJson.scripts)).toEqual(expect.arrayContaining(scripts));
});

it("every document that README links to exists", async () => {
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map((match) => match[1] ?? "");
  expect(links.length).toBeGreaterThan(3);
  for (const link of links)
    await expect(readFile(new URL(`../../${link}`, import.meta.url)), link).resolves.toBeDefined();
});
