import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { VIEWS } from "../../dashboard/model/place.ts";
import { RESPONSE_EXAMPLES } from "../../shared/contract/response-examples.ts";
import { findings } from "./axe.ts";
import { goToView, openTab, settled } from "./tab.ts";
import type { World } from "./world.ts";

/** An expired license looks expired in every view; no view shows "in 0s". */
export const expiredLicense = async (browser: Browser, world: World): Promise<void> => {
  const { licenseGet } = RESPONSE_EXAMPLES;
  const terms = { ...licenseGet.license, status: "expired", expire_at: "2026-01-31T00:00:00.000Z", valid_seconds: 0 };
  const tab = await openTab(browser, world.url, { locale: "en-US", timezoneId: "UTC" });
  const { page } = tab;
  await page.clock.install({ time: Date.parse("2026-11-27T12:00:00Z") });
  await page.route("**/api/v1/license", (route) => route.fulfill({ json: { ...licenseGet, license: terms } }));
  await page.goto(`${world.url}/dashboard#/usage?token=${world.token()}`);
  await settled(page);
  for (const { id, title } of VIEWS.filter((view) => view.id !== "license")) {
    await goToView(page, title);
    await page.getByText("The license expired on Jan 31, 2026. New sessions are blocked").waitFor();
    if (id === "usage") await page.screenshot({ path: join(world.folder, "expired-usage.png") });
    if (id === "usage") deepEqual(await findings(page), []);
  }
  await page.getByRole("link", { name: "License details" }).click();
  await page.getByRole("heading", { level: 1, name: "License" }).waitFor();
  await page.getByText("300 days ago").waitFor();
  equal(await page.getByText("in 0s").count(), 0);
  await page.screenshot({ path: join(world.folder, "expired-license.png") });
  deepEqual(tab.faults, []);
  await tab.close();
};
