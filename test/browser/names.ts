import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { RESPONSE_EXAMPLES } from "../../shared/contract/response-examples.ts";
import { openTab, settled } from "./tab.ts";
import type { World } from "./world.ts";

const LONG = "x".repeat(128);
const NAMES = [
  LONG,
  "very.long.person.name@subdomain.of.a.very.long.company-name.example.com",
  "مستخدم محمد (ops)!",
  // The invisible character reverses what follows: this would read `ana exe.png`.
  "ana \u202Egnp.exe",
];

/** Long and odd names are shown in full on every screen, do not hide the figures beside them and cannot disguise themselves. */
export const oddNames = async (browser: Browser, world: World): Promise<void> => {
  const { usageReport } = RESPONSE_EXAMPLES;
  const [user] = usageReport.userMetrics;
  const users = NAMES.map((identifier) => ({ ...user, identifier }));
  for (const width of [1_280, 320]) {
    const tab = await openTab(browser, world.url, { viewport: { width, height: 800 } });
    const { page } = tab;
    await page.route("**/api/v1/reports/usage?*", (route) =>
      route.fulfill({ json: { ...usageReport, userMetrics: users } }),
    );
    await page.goto(`${world.url}/dashboard#/users?token=${world.token()}`);
    await settled(page);
    await page.screenshot({ path: join(world.folder, `names-${width}.png`), fullPage: true });
    const cells = page.locator("tbody th[scope=row]");
    equal(await cells.count(), NAMES.length);
    for (const cell of await cells.all()) {
      const { width: taken = Number.POSITIVE_INFINITY } = (await cell.boundingBox()) ?? {};
      ok(taken < width / 2, `a name takes ${taken} of ${width} px`);
      ok(!(await isCut(page, await cell.textContent())), "no name is cut off");
    }
    await page.getByText("ana gnp.exe").first().waitFor();
    deepEqual(tab.faults, []);
    await tab.close();
  }
};

const isCut = (page: Page, name: string | null): Promise<unknown> =>
  page.evaluate(
    `[...document.querySelectorAll("tbody th")].some((cell) => cell.textContent === ${JSON.stringify(name)} && cell.scrollWidth > cell.clientWidth)`,
  );
