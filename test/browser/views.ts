import { deepEqual } from "node:assert/strict";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { VIEWS } from "../../dashboard/model/place.ts";
import { findings } from "./axe.ts";
import { goToView, openTab, settled } from "./tab.ts";
import type { World } from "./world.ts";

export const SCREENS = [
  { name: "light", colorScheme: "light", width: 1280 },
  { name: "dark", colorScheme: "dark", width: 1280 },
  // The narrowest width without horizontal scrolling (WCAG 2.2, 1.4.10): 1,280 px at a zoom of 400 %.
  { name: "phone-light", colorScheme: "light", width: 320 },
  { name: "phone-dark", colorScheme: "dark", width: 320 },
] as const;

/** Every view on one kind of screen: a picture, no console errors, no axe findings, no horizontal scrolling. */
export const checkViews = async (browser: Browser, world: World, screen: (typeof SCREENS)[number]): Promise<void> => {
  const { colorScheme, width } = screen;
  const tab = await openTab(browser, world.url, { colorScheme, viewport: { width, height: 800 } });
  const { page, faults } = tab;
  await page.goto(`${world.url}/dashboard`);
  await page.getByLabel("Access token").waitFor();
  faults.push(...(await findings(page)).map((finding) => `sign-in: ${finding}`));
  await page.screenshot({ path: join(world.folder, `${screen.name}-sign-in.png`) });

  await page.goto(`${world.url}/dashboard#token=${world.token()}`);
  await settled(page);
  for (const { id, title } of VIEWS) {
    await goToView(page, title);
    await page.screenshot({ path: join(world.folder, `${screen.name}-${id}.png`), fullPage: true });
    faults.push(...(await findings(page)).map((finding) => `${title}: ${finding}`));
    const failed = await page.locator(".notice").allTextContents();
    faults.push(...failed.map((text) => `${title}: ${text}`));
    const tooWide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    if (tooWide !== 0) faults.push(`${title}: ${tooWide} px wider than the screen`);
  }
  await page.reload();
  await settled(page);
  const current = await page.locator("nav [aria-current]").boundingBox();
  if (current === null || current.x < 0 || current.x + current.width > width)
    faults.push("the link of the current view is not visible");
  deepEqual(faults, []);
  await tab.close();
};
