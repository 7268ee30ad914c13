import { deepEqual } from "node:assert/strict";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { VIEWS } from "../../dashboard/model/place.ts";
import { findings } from "./axe.ts";
import { goToView, openTab, settled } from "./tab.ts";
import type { World } from "./world.ts";

export const LOOKS = [
  { name: "light", colorScheme: "light", width: 1280 },
  { name: "dark", colorScheme: "dark", width: 1280 },
  // As narrow as a page must still be read without scrolling sideways (WCAG 2.2, 1.4.10), or 1,280 at 400 %.
  { name: "phone-light", colorScheme: "light", width: 320 },
  { name: "phone-dark", colorScheme: "dark", width: 320 },
] as const;

/** Every view in one look: a picture of it, nothing wrong in the console, no finding, no sideways scrolling. */
export const lookAtViews = async (browser: Browser, world: World, look: (typeof LOOKS)[number]): Promise<void> => {
  const { colorScheme, width } = look;
  const tab = await openTab(browser, world.url, { colorScheme, viewport: { width, height: 800 } });
  const { page, faults } = tab;
  await page.goto(`${world.url}/dashboard`);
  await page.getByLabel("Access token").waitFor();
  faults.push(...(await findings(page)).map((finding) => `sign-in: ${finding}`));
  await page.screenshot({ path: join(world.folder, `${look.name}-sign-in.png`) });

  await page.goto(`${world.url}/dashboard#token=${world.token()}`);
  await settled(page);
  for (const { id, title } of VIEWS) {
    await goToView(page, title);
    await page.screenshot({ path: join(world.folder, `${look.name}-${id}.png`), fullPage: true });
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
    faults.push("the link of the view that one is in is out of sight");
  deepEqual(faults, []);
  await tab.close();
};
