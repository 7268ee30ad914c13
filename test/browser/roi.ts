import { deepEqual, equal, ok } from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { goToView, openTab, settled } from "./tab.ts";
import type { World } from "./world.ts";

/**
 * A link to the calculator sets its inputs, also while the calculator is open. 3 developers save 6 x 20 minutes a day: 10 hours
 * a week and 480 a year each. That is 1,440 hours at 100, minus 1,000 for the license.
 */
export const linkToRoi = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url, { locale: "en-US" });
  const { page } = tab;
  const net = page.locator(".card", { hasText: "Net savings" }).locator(".figure");
  await page.goto(
    `${world.url}/dashboard#/roi?developers=3&cost=100&costKind=hour&cycles=6&minutes=20&licenseCost=1000&token=${world.token()}`,
  );
  await settled(page);
  equal(await net.textContent(), "$143,000");
  await page.evaluate("location.hash = location.hash.replace('developers=3', 'developers=6')");
  await page.getByText("$287,000").waitFor();
  // With an invalid amount no figure is shown, not a mix of old and new ones.
  const figures = page.locator(".card .figure");
  for (const invalid of ["1,000", "-5"]) {
    await page.getByLabel("Developers").fill(invalid);
    await page.getByText("without commas").waitFor();
    deepEqual(
      await figures.allTextContents(),
      Array.from({ length: 5 }, () => "–"),
    );
  }
  await page.getByLabel("Developers").fill("3");
  equal(await net.textContent(), "$143,000");
  await page.getByLabel("Developers").fill("-5");
  await page.getByRole("button", { name: "Reset" }).click();
  equal(await page.getByLabel("Developers").inputValue(), "10");
  equal(await figures.filter({ hasText: "–" }).count(), 0);
  deepEqual(tab.faults, []);
  await tab.close();
};

/**
 * However fast somebody types, every keystroke counts and the address ends up with the values of the fields. After that the page
 * leaves it alone. Safari throws when a page writes the address more than 100 times in 30 seconds.
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

  // Leaving a field writes its value before the view changes, so that "Back" restores it.
  await page.getByLabel("Developers").fill("77");
  await goToView(page, "Seats");
  ok(page.url().endsWith("#/seats"), page.url());
  await page.goBack();
  await page.getByLabel("Developers").waitFor();
  equal(await page.getByLabel("Developers").inputValue(), "77");
  // Leaving a view from within a field writes nothing into the next view's address.
  await page.getByLabel("Developers").fill("78");
  await page.goForward();
  await page.getByRole("heading", { level: 1, name: "Seats" }).waitFor();
  ok(page.url().endsWith("#/seats"), page.url());
  await page.goBack();
  await page.getByLabel("Developers").waitFor();

  // A link followed before the pause is over wins.
  await page.getByLabel("Developers").fill("88");
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
  ["Developers", "developers"],
  ["Developer cost", "cost"],
  ["Minutes per cycle", "minutes"],
  ["License cost", "licenseCost"],
] as const;

const TYPED = "123456789";
/** Longer than the delay after which the page writes the address. */
const QUIET_MS = 700;

/** Empties a field with Backspace and types a text, as fast as the browser accepts it. */
const typeAtOnce = async (page: Page, text: string): Promise<void> => {
  await Promise.all(Array.from({ length: 12 }, () => page.keyboard.down("Backspace")));
  await page.keyboard.up("Backspace");
  await page.keyboard.type(text, { delay: 0 });
};

const parameters = (address: string): URLSearchParams => new URLSearchParams(new URL(address).hash.split("?")[1]);

const writesOf = (page: Page): Promise<number> => page.evaluate("window.addressWrites");
