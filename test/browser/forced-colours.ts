import { deepEqual, ok } from "node:assert/strict";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { openTab, settled } from "./tab.ts";
import type { World } from "./world.ts";

/** With forced colours, bars, the chosen option and the current view stay distinguishable. */
export const forcedColours = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url, { forcedColors: "active", colorScheme: "dark" });
  const { page } = tab;
  await page.goto(`${world.url}/dashboard#token=${world.token()}`);
  await settled(page);
  await page.screenshot({ path: join(world.folder, "forced-colours.png"), fullPage: true });
  for (const [one, other, property] of DIFFERENT)
    ok((await look(page, one, property)) !== (await look(page, other, property)), `${one} looks like ${other}`);
  deepEqual(tab.faults, []);
  await tab.close();
};

const DIFFERENT = [
  [".barred .share", ".barred .share span", "backgroundColor"],
  [".filters .choice :checked + span", ".filters .choice :not(:checked) + span", "backgroundColor"],
  ["nav [aria-current]", "nav a:not([aria-current])", "borderBottomColor"],
] as const;

const look = (page: Page, selector: string, property: string): Promise<unknown> =>
  page.evaluate(`getComputedStyle(document.querySelector("${selector}")).${property}`);
