import { deepEqual, equal, ok } from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { openTab, settled } from "./tab.ts";
import type { World } from "./world.ts";

/** A link shows the same rows, with their search and sort order; print shows all rows. */
export const linkToTable = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  await page.goto(`${world.url}/dashboard#/users?token=${world.token()}`);
  await settled(page);
  equal(await rowsOf(page), 10);
  await page.evaluate(`dispatchEvent(new Event("beforeprint"))`);
  await page.getByText("1–40 of 40").waitFor();
  equal(await rowsOf(page), 40);
  await page.evaluate(`dispatchEvent(new Event("afterprint"))`);
  await page.getByText("1–10 of 40").waitFor();

  const all = await page.locator("th[scope=row]").first().textContent();
  await page.getByRole("searchbox", { name: "Search User metrics" }).fill("1");
  await page.getByRole("button", { name: "User", exact: true }).click();
  await page.waitForURL(/search\.users=1/);
  ok(page.url().endsWith("#/users?search.users=1&sort.users=user"), page.url());
  const found = await page.locator("th[scope=row]").allTextContents();
  ok(found[0] !== all, "the order has changed");

  const other = await openTab(browser, world.url);
  await other.page.goto(`${page.url()}&token=${world.token()}`);
  await settled(other.page);
  deepEqual(await other.page.locator("th[scope=row]").allTextContents(), found);
  equal(await other.page.getByRole("searchbox").inputValue(), "1");
  // Follow another link right after typing something else.
  await other.page.getByRole("searchbox").fill("2");
  await other.page.evaluate("location.hash = '#/users?search.users=nobody-is-called-so'");
  await other.page.getByText("No matching rows").waitFor({ timeout: 5_000 });
  await other.page.getByRole("searchbox").fill("");
  await other.page.getByText("1–10 of 40").waitFor();
  await other.page.waitForURL(/#\/users$/);
  deepEqual([...tab.faults, ...other.faults], []);
  await tab.close();
  await other.close();
};

const rowsOf = (page: Page): Promise<number> => page.locator(".table tbody tr").count();
