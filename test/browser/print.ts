import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { VIEWS } from "../../dashboard/model/place.ts";
import { goToView, openTab, settled } from "./tab.ts";
import type { World } from "./world.ts";

/** The width of A4 between margins of 12 mm, in CSS pixels. */
const PAPER_WIDTH = 703;

/** Every view in print: nothing is cut off or broken letter by letter, and the chosen filters appear as text. */
export const printViews = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url, { colorScheme: "dark" });
  const { page } = tab;
  await page.goto(`${world.url}/dashboard#token=${world.token()}`);
  await settled(page);
  for (const { id, title } of VIEWS) {
    await goToView(page, title);
    await page.pdf({ path: join(world.folder, `print-${id}.pdf`), format: "A4" });
  }
  await goToView(page, "Targets");
  await layOutForPaper(page);
  for (const chart of await page.locator(".canvas canvas").all()) {
    const box = await chart.boundingBox();
    ok(box !== null && box.width <= PAPER_WIDTH, `a chart is ${box?.width} px wide`);
  }
  const [name] = await page.locator(".bars th[scope=row]").all();
  ok(((await name?.boundingBox())?.height ?? 99) < 40, "a namespace is on one line");
  await page.getByText("last 30 days, users by Kubernetes user").waitFor();
  equal(await page.locator("select:visible, .choice:visible, .tools:visible").count(), 0);
  deepEqual(tab.faults, []);
  await tab.close();
};

const layOutForPaper = async (page: Page): Promise<void> => {
  await page.emulateMedia({ media: "print" });
  await page.evaluate(
    `dispatchEvent(new Event("beforeprint")); document.body.style.width = "${PAPER_WIDTH}px"; new Promise(requestAnimationFrame)`,
  );
};
