import { deepEqual, equal } from "node:assert/strict";
import type { Browser } from "playwright-core";
import { openTab, settled } from "./tab.ts";
import type { World } from "./world.ts";

/**
 * A link to the calculator has its inputs, followed while it is open, too. 3 developers save 6 x 20 minutes a day, which are
 * 10 hours a week and 480 a year each; 1,440 hours at 100 less 1,000 for licenses.
 */
export const linkToRoi = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url, { locale: "en-US" });
  const { page } = tab;
  const net = page.locator(".card", { hasText: "Net Annual ROI" }).locator(".figure");
  await page.goto(
    `${world.url}/dashboard#/roi?developers=3&cost=100&costKind=hour&cycles=6&minutes=20&licenseCost=1000&token=${world.token()}`,
  );
  await settled(page);
  equal(await net.textContent(), "$143,000");
  await page.evaluate("location.hash = location.hash.replace('developers=3', 'developers=6')");
  await page.getByText("$287,000").waitFor();
  await page.getByLabel("Number of developers").fill("1,000");
  await page.getByText("without separators").waitFor();
  equal(await net.textContent(), "-$1,000");
  await page.getByRole("button", { name: "Start over" }).click();
  equal(await page.getByLabel("Number of developers").inputValue(), "10");
  deepEqual(tab.faults, []);
  await tab.close();
};
