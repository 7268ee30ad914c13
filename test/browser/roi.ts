import { deepEqual, equal, ok } from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { goToView, openTab, settled } from "./tab.ts";
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

/**
 * However fast somebody types, every keystroke counts, and the address comes to tell what stands in the fields; then it is
 * left alone. Safari throws where a page writes it more than 100 times in 30 seconds.
 */
export const typeIntoRoi = async (browser: Browser, world: World): Promise<string> => {
  const tab = await openTab(browser, world.url, { locale: "en-US" });
  const { page } = tab;
  await page.addInitScript(`
    window.addressWrites = 0;
    const write = history.replaceState;
    history.replaceState = function (...given) {
      window.addressWrites += 1;
      return write.apply(this, given);
    };
  `);
  await page.goto(`${world.url}/dashboard#/roi?token=${world.token()}`);
  await settled(page);
  await page.waitForURL(/developers=10&/);
  for (const [label, name] of AMOUNTS) {
    const field = page.getByLabel(label);
    await field.focus();
    await page.keyboard.press("End");
    await typeAtOnce(page, TYPED);
    equal(await field.inputValue(), TYPED, `${label}, typed`);
    await page.waitForURL((url) => parameters(url.href).get(name) === TYPED);
  }
  const within = await writesOf(page);
  ok(within <= AMOUNTS.length * 4, `${within} writes of the address`);

  // Leaving a field writes it before the view is left, so that the way back leads to it.
  await page.getByLabel("Number of developers").fill("77");
  await goToView(page, "Seats");
  ok(page.url().endsWith("#/seats"), page.url());
  await page.goBack();
  await page.getByLabel("Number of developers").waitFor();
  equal(await page.getByLabel("Number of developers").inputValue(), "77");
  // A view that is left from within a field writes nothing into the next one's address.
  await page.getByLabel("Number of developers").fill("78");
  await page.goForward();
  await page.getByRole("heading", { level: 1, name: "Seats" }).waitFor();
  ok(page.url().endsWith("#/seats"), page.url());
  await page.goBack();
  await page.getByLabel("Number of developers").waitFor();

  // A link followed before the pause is over leads where it says.
  await page.getByLabel("Number of developers").fill("88");
  await page.evaluate("location.hash = location.hash.replace(/developers=[0-9]+/, 'developers=66')");
  await page.waitForFunction("document.querySelector('.roi input').value === '66'");

  const before = await writesOf(page);
  await page.waitForTimeout(QUIET_MS);
  equal(await writesOf(page), before, "writes of the address once nobody types");
  equal(parameters(page.url()).get("developers"), "66");
  deepEqual(tab.faults, []);
  await tab.close();
  return `${within} writes of the address for ${AMOUNTS.length} fields`;
};

const AMOUNTS = [
  ["Number of developers", "developers"],
  ["Developer cost", "cost"],
  ["Minutes per deploy cycle", "minutes"],
  ["License cost per year", "licenseCost"],
] as const;

const TYPED = "123456789";
/** Longer than the pause after which the address is written. */
const QUIET_MS = 700;

/** Holds Backspace until nothing can be left, and types over it, as fast as the browser takes it. */
const typeAtOnce = async (page: Page, text: string): Promise<void> => {
  await Promise.all(Array.from({ length: 12 }, () => page.keyboard.down("Backspace")));
  await page.keyboard.up("Backspace");
  await page.keyboard.type(text, { delay: 0 });
};

const parameters = (address: string): URLSearchParams => new URLSearchParams(new URL(address).hash.split("?")[1]);

const writesOf = (page: Page): Promise<number> => page.evaluate("window.addressWrites");
