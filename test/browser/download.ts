import { deepEqual, equal } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { openTab, settled } from "./tab.ts";
import type { World } from "./world.ts";

/** A table is saved with all rows that its search finds, on every page of the table; under the page's policy, without a request. */
export const downloadTables = async (browser: Browser, world: World): Promise<string> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  await page.goto(`${world.url}/dashboard#/users?token=${world.token()}`);
  await settled(page);
  const sent: string[] = [];
  page.on("request", (request) => sent.push(request.url()));
  const users = await download(page, "User metrics");
  equal(users.name, "users.csv");
  equal(users.lines[0]?.split(",")[4], '"Total time (seconds)"');
  equal(users.lines.length, 1 + 40, "the rows of all pages");
  await page.getByRole("searchbox", { name: "Search User metrics" }).fill("nobody-is-called-so");
  deepEqual((await download(page, "User metrics")).lines, [users.lines[0]]);
  deepEqual(
    sent.filter((url) => !url.startsWith("blob:")),
    [],
  );
  await page.evaluate("location.hash = '#/seats'");
  await page.getByRole("heading", { level: 1, name: "Seats" }).waitFor();
  await settled(page);
  const captions = await page.locator(".table caption").allTextContents();
  for (const caption of captions) await download(page, caption);
  deepEqual(tab.faults, []);
  await tab.close();
  return `users, and ${captions.join(", ")}`;
};

/** The name of the file and its lines. */
const download = async (page: Page, caption: string): Promise<{ name: string; lines: string[] }> => {
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: `Download CSV of ${caption}`, exact: true }).click(),
  ]);
  const text = await readFile(await saved.path(), "utf8");
  return { name: saved.suggestedFilename(), lines: text.split("\r\n").slice(0, -1) };
};
