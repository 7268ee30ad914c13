import { deepEqual, equal, ok } from "node:assert/strict";
import type { Browser } from "playwright-core";
import { openTab, settled } from "./tab.ts";
import type { World } from "./world.ts";

/** After the sign-in, a link opens its view; the token is stored for this tab only. */
export const signInAndOut = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  await page.goto(`${world.url}/dashboard#/targets?range=7`);
  await page.getByLabel("Access token").fill("nonsense");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("This isn't a valid access token.").waitFor();
  await page.getByLabel("Access token").fill(world.token());
  await page.getByRole("button", { name: "Sign in" }).click();
  await settled(page);
  equal(await page.locator("h1").textContent(), "Targets");
  ok(await page.getByLabel("7d").isChecked());
  await page.reload();
  await settled(page);
  equal(await page.evaluate("Object.keys(localStorage).filter((name) => localStorage[name].includes('ey')).length"), 0);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Access token").waitFor();
  equal(await page.evaluate("sessionStorage.length"), 0);
  deepEqual(tab.faults, []);
  await tab.close();
};

/** A link's token is removed from the address and the history at once. */
export const takeTokenFromLink = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  await page.goto(`${world.url}/dashboard#/license?token=${world.token()}`);
  await settled(page);
  equal(page.url(), `${world.url}/dashboard#/license`);
  await page.getByText("Fingerprint (SHA-256)").waitFor();
  deepEqual(tab.faults, []);
  await tab.close();
};

/** Where the token lacks a scope, the page says so in that place; everything else works. */
export const missingScope = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  await page.goto(`${world.url}/dashboard#/seats?token=${world.token(["seats:read"])}`);
  await settled(page);
  await page.getByText("(requires reports:read)").waitFor();
  await page.getByText("Seat holders").first().waitFor();
  equal(await page.getByRole("button", { name: /^Release/ }).count(), 0);
  // The browser logs the 403.
  deepEqual(
    tab.faults.filter((fault) => !fault.includes("403")),
    [],
  );
  await tab.close();
};

/** A token that the server no longer accepts leads to the sign-in, and from there back to the view. */
export const refusedToken = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  const [head, claims] = world.token().split(".");
  await page.goto(`${world.url}/dashboard#/license?token=${head}.${claims}.${"A".repeat(86)}`);
  await page.getByText("Invalid or expired access token").waitFor();
  await page.getByLabel("Access token").fill(world.token());
  await page.keyboard.press("Enter");
  await settled(page);
  equal(await page.locator("h1").textContent(), "License");
  deepEqual(
    tab.faults.filter((fault) => !fault.includes("401")),
    [],
  );
  await tab.close();
};

/** The page retries a busy server after the time that it names. */
export const busyServer = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  let requests = 0;
  await page.route("**/api/v1/license", async (route) => {
    requests += 1;
    if (requests > 1) return route.fallback();
    const body = JSON.stringify({ detail: "temporarily unavailable; try again" });
    return route.fulfill({
      status: 503,
      headers: { "retry-after": "1" },
      contentType: "application/problem+json",
      body,
    });
  });
  await page.goto(`${world.url}/dashboard#/license?token=${world.token()}`);
  await page.getByText("Could not load the license.").waitFor();
  await page.getByText("Fingerprint (SHA-256)").waitFor();
  equal(requests, 2);
  equal(await page.locator(".notice").count(), 0);
  await tab.close();
};
