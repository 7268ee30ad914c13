import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { openTab, settled } from "./tab.ts";
import type { World } from "./world.ts";

/** A label under a chart has its room reserved: pointing at a mark moves nothing below. */
export const pointAtCharts = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  await page.goto(`${world.url}/dashboard#/users?by=machine_id&token=${world.token()}`);
  await settled(page);
  const before = await tableTop(page);
  const chart = page.locator(".canvas .u-over").first();
  const box = await chart.boundingBox();
  ok(box !== null, "the chart is there");
  const caption = page.locator("p.legend").first();
  const hint = await caption.textContent();
  // Step over the chart: some of its bubbles come under the pointer.
  let labels = 0;
  for (let step = 1; step < 20; step += 1) {
    await page.mouse.move(box.x + (box.width * step) / 20, box.y + (box.height * step) / 20);
    if ((await caption.textContent()) !== hint) labels += 1;
    equal(await tableTop(page), before);
  }
  ok(labels > 0, "the pointer found a bubble");
  await page.screenshot({ path: join(world.folder, "users-by-machine.png") });
  deepEqual(tab.faults, []);
  await tab.close();
};

const tableTop = async (page: Page): Promise<number | undefined> =>
  (await page.locator(".table").first().boundingBox())?.y;

/** While another range loads, everything stays in its place. */
export const changeRange = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  let held = Promise.resolve();
  await page.route("**/api/v1/reports/**", async (route) => {
    await held;
    await route.fallback();
  });
  for (const view of ["usage", "users", "targets"]) {
    await page.goto(`${world.url}/dashboard#/${view}?token=${world.token()}`);
    await settled(page);
    const before = await layout(page);
    const { promise, resolve } = Promise.withResolvers<void>();
    held = promise;
    await page.getByText("90d", { exact: true }).click();
    await page.locator(".loading").first().waitFor();
    expectSame(await layout(page), before, `${view} while it loads`);
    resolve();
    await settled(page);
    expectSame(await layout(page), before, `${view} when it has loaded`);
    await page.getByText("30d", { exact: true }).click();
  }
  deepEqual(tab.faults, []);
  await tab.close();
};

/** The top edges of the panels and cards, in CSS pixels. */
const layout = async (page: Page): Promise<number[]> => {
  const boxes = await page.locator("main .panel, main .card").all();
  return Promise.all(boxes.map(async (box) => (await box.boundingBox())?.y ?? Number.NaN));
};

/** Less than a person notices; fonts differ by a fraction of a pixel. */
const TOLERANCE_PX = 2;

const expectSame = (actual: readonly number[], expected: readonly number[], when: string): void => {
  const moved = expected.map((top, index) => Math.abs((actual[index] ?? Number.NaN) - top));
  ok(
    actual.length === expected.length && moved.every((by) => by <= TOLERANCE_PX),
    `${when}: ${actual} for ${expected}`,
  );
};
