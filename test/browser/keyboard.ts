import { deepEqual, equal, ok } from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { openTab, settled } from "./tab.ts";
import type { World } from "./world.ts";

/** Every action of the page works with the keyboard alone. */
export const useKeyboardOnly = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  await page.goto(`${world.url}/dashboard`);
  // The token field has the focus.
  await page.keyboard.type(world.token());
  await page.keyboard.press("Enter");
  await settled(page);

  await tabTo(page, "Users");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Users" }).waitFor();
  await settled(page);
  ok(await page.evaluate("document.activeElement === document.querySelector('main')"), "the focus follows the link");

  const before = await page.locator("th[scope=row]").first().textContent();
  await tabTo(page, "First active");
  await page.keyboard.press("Enter");
  equal(await page.locator("th", { hasText: "First active" }).first().getAttribute("aria-sort"), "ascending");
  ok((await page.locator("th[scope=row]").first().textContent()) !== before, "the order has changed");

  await tabTo(page, "Next page of User metrics");
  await page.keyboard.press("Enter");
  await page.getByText("11–20 of 40").waitFor();
  for (const range of ["21–30", "31–40"]) {
    await page.keyboard.press("Enter");
    await page.getByText(`${range} of 40`).waitFor();
  }
  equal(await focusedName(page), "Next page of User metrics", "the focus stays on the button at the last page");

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

const MAX_STEPS = 120;

/** Presses Tab until the focused element's text starts with this text. */
const tabTo = async (page: Page, text: string, backwards = false): Promise<void> => {
  for (let step = 0; step < MAX_STEPS; step += 1) {
    await page.keyboard.press(backwards ? "Shift+Tab" : "Tab");
    if ((await focusedName(page)).startsWith(text)) return;
  }
  throw new Error(`Tab did not reach ${text}`);
};

const focusedName = async (page: Page): Promise<string> =>
  String(
    await page.evaluate(
      "(document.activeElement?.getAttribute('aria-label') ?? [...document.activeElement?.childNodes ?? []].map((node) => node.textContent).join('')).replace('‹', '').replace('›', '').trim()",
    ),
  );
