import { deepEqual, equal, ok } from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { readGrant } from "../../dashboard/model/grant.ts";
import { goToView, openTab, settled } from "./tab.ts";
import type { World } from "./world.ts";

/** The page shows the age of its data; a view that is reopened after five minutes loads its data again. */
export const showsDataAge = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  const requests = await countRequests(page);
  await page.clock.install();
  await page.goto(`${world.url}/dashboard#/license?token=${world.token()}`);
  await settled(page);
  const first = await page.locator(".updated").textContent();
  await page.clock.runFor(60_000);
  await goToView(page, "Seats");
  ok((await page.locator(".updated").textContent()) !== first);
  await goToView(page, "License");
  equal(await page.locator(".updated").textContent(), first, "a cached response keeps its age");
  equal(requests.get("license"), 1);
  await goToView(page, "Seats");
  await page.clock.runFor(300_000);
  await goToView(page, "License");
  await settled(page);
  ok((await page.locator(".updated").textContent()) !== first);
  equal(requests.get("license"), 2);
  deepEqual(tab.faults, []);
  await tab.close();
};

/** The automatic refresh waits as long as a busy server asks, and skips what the token has no scope for. */
export const refreshesPolitely = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  await page.route("**/api/v1/operators?*", (route) =>
    route.fulfill({ status: 429, headers: { "retry-after": "60" }, json: { detail: "slow down" } }),
  );
  const requests = await countRequests(page);
  await page.clock.install();
  await page.goto(`${world.url}/dashboard#/live?token=${world.token(["sessions:read", "operators:read"])}`);
  await page.getByText("Could not load clusters. Slow down.").waitFor();
  await page.getByText("(requires reports:read)").waitFor();
  for (let round = 0; round < 3; round += 1) {
    await page.clock.runFor(15_000);
    await settled(page);
    equal(await page.locator(".loading").count(), 0);
  }
  ok((requests.get("sessions") ?? 0) > 2, "the sessions are requested again and again");
  equal(requests.get("operators"), 1);
  await page.clock.runFor(30_000);
  equal(requests.get("reports/errors"), 1);
  await tab.close();
};

/** A machine with a wrong clock can sign in; when a token expires, the sign-in appears without a click. */
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
  // Only just past the expiry: the response takes real time, while the page's clock is ahead.
  await other.page.clock.runFor((readGrant(token)?.expiresAt ?? 0) - Date.now() + 5_000);
  await other.page.getByText("Invalid or expired access token").waitFor();
  await other.close();
};

/** The number of requests per path. */
const countRequests = async (page: Page): Promise<Map<string, number>> => {
  const requests = new Map<string, number>();
  await page.route("**/api/v1/**", (route) => {
    const path = new URL(route.request().url()).pathname.replace(/^.*\/api\/v1\//, "");
    requests.set(path, (requests.get(path) ?? 0) + 1);
    return route.fallback();
  });
  return requests;
};
