import { deepEqual, equal, ok } from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { readGrant } from "../../dashboard/model/grant.ts";
import { goToView, openTab, settled } from "./tab.ts";
import type { World } from "./world.ts";

/** What is shown is never older than the page says; a view that is come back to later is asked for again. */
export const tellsItsAge = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  const asked = await askedFor(page);
  await page.clock.install();
  await page.goto(`${world.url}/dashboard#/license?token=${world.token()}`);
  await settled(page);
  const first = await page.locator(".updated").textContent();
  await page.clock.runFor(60_000);
  await goToView(page, "Seats");
  ok((await page.locator(".updated").textContent()) !== first);
  await goToView(page, "License");
  equal(await page.locator(".updated").textContent(), first, "an answer that was kept keeps its age");
  equal(asked.get("license"), 1);
  await goToView(page, "Seats");
  await page.clock.runFor(300_000);
  await goToView(page, "License");
  await settled(page);
  ok((await page.locator(".updated").textContent()) !== first);
  equal(asked.get("license"), 2);
  deepEqual(tab.faults, []);
  await tab.close();
};

/** What refreshes by itself leaves a busy server alone as long as it asked for, and does not ask for what is not open to it. */
export const refreshesWithCare = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  await page.route("**/api/v1/operators?*", (route) =>
    route.fulfill({ status: 429, headers: { "retry-after": "60" }, json: { detail: "slow down" } }),
  );
  const asked = await askedFor(page);
  await page.clock.install();
  await page.goto(`${world.url}/dashboard#/live?token=${world.token(["sessions:read", "operators:read"])}`);
  await page.getByText("Could not load the operators. Slow down.").waitFor();
  await page.getByText("It takes the scope reports:read").waitFor();
  for (let round = 0; round < 3; round += 1) {
    await page.clock.runFor(15_000);
    await settled(page);
    equal(await page.locator(".loading").count(), 0);
  }
  ok((asked.get("sessions") ?? 0) > 2, "the sessions are asked for again and again");
  equal(asked.get("operators"), 1);
  await page.clock.runFor(30_000);
  equal(asked.get("reports/errors"), 1);
  await tab.close();
};

/** A machine whose clock is wrong can sign in; a token that ends while the page is open is found out without a click. */
export const tokenEnds = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  await page.clock.install({ time: Date.now() + 30 * 86_400_000 });
  await page.goto(`${world.url}/dashboard#/license?token=${world.token()}`);
  await page.getByText("Fingerprint (SHA-256)").waitFor();
  await page.clock.runFor(10_000);
  ok(await page.getByText("Fingerprint (SHA-256)").isVisible());
  await tab.close();

  const other = await openTab(browser, world.url);
  await other.page.clock.install();
  const token = world.token();
  await other.page.goto(`${world.url}/dashboard#/license?token=${token}`);
  await settled(other.page);
  await other.page.route("**/api/v1/license", (route) => route.fulfill({ status: 401, json: {} }));
  // Not far beyond its end: the answer takes its time, while the page's clock runs ahead.
  await other.page.clock.runFor((readGrant(token)?.expiresAt ?? 0) - Date.now() + 5_000);
  await other.page.getByText("The server does not accept this token").waitFor();
  await other.close();
};

/** How often each route has been asked for, by its path. */
const askedFor = async (page: Page): Promise<Map<string, number>> => {
  const asked = new Map<string, number>();
  await page.route("**/api/v1/**", (route) => {
    const path = new URL(route.request().url()).pathname.replace(/^.*\/api\/v1\//, "");
    asked.set(path, (asked.get(path) ?? 0) + 1);
    return route.fallback();
  });
  return asked;
};
