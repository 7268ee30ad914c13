import { deepEqual, equal, ok } from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { openTab, settled } from "./tab.ts";
import type { World } from "./world.ts";

/** Everything one does on the page is done with keys alone. */
export const walkByKeyboard = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  await page.goto(`${world.url}/dashboard`);
  // The only field has the focus.
  await page.keyboard.type(world.token());
  await page.keyboard.press("Enter");
  await settled(page);

  await tabTo(page, "Users");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Users" }).waitFor();
  await settled(page);
  ok(await page.evaluate("document.activeElement === document.querySelector('main')"), "the focus follows the link");

  const before = await page.locator("th[scope=row]").first().textContent();
  await tabTo(page, "Identifier");
  await page.keyboard.press("Enter");
  equal(await page.locator("th", { hasText: "Identifier" }).first().getAttribute("aria-sort"), "ascending");
  ok((await page.locator("th[scope=row]").first().textContent()) !== before, "the order has changed");

  await tabTo(page, "Next page of User Metrics");
  await page.keyboard.press("Enter");
  await page.getByText("11–20 of 40").waitFor();
  for (const range of ["21–30", "31–40"]) {
    await page.keyboard.press("Enter");
    await page.getByText(`${range} of 40`).waitFor();
  }
  equal(await focusedName(page), "Next page of User Metrics", "the focus stays on the button at the last page");

  await tabTo(page, "Seats", true);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Seats" }).waitFor();
  await settled(page);
  await tabTo(page, "Release");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  equal(await focusedName(page), "Cancel");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  ok((await focusedName(page)).startsWith("Release"), "the focus is back where it was");
  deepEqual(tab.faults, []);
  await tab.close();
};

const MOST_STEPS = 120;

/** Presses Tab until what has the focus begins with this text. */
const tabTo = async (page: Page, text: string, backwards = false): Promise<void> => {
  for (let step = 0; step < MOST_STEPS; step += 1) {
    await page.keyboard.press(backwards ? "Shift+Tab" : "Tab");
    if ((await focusedName(page)).startsWith(text)) return;
  }
  throw new Error(`Tab never came to ${text}`);
};

const focusedName = async (page: Page): Promise<string> =>
  String(
    await page.evaluate(
      "(document.activeElement?.getAttribute('aria-label') ?? [...document.activeElement?.childNodes ?? []].map((node) => node.textContent).join('')).replace('‹', '').replace('›', '').trim()",
    ),
  );
