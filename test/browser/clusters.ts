import { deepEqual, match } from "node:assert/strict";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { openTab, settled } from "./tab.ts";
import { startAgents, type World } from "./world.ts";

/** Live lists clusters by their agents, apart from operators, with the age of their data. */
export const showsClusters = async (browser: Browser, world: World): Promise<void> => {
  // Time has passed since the agents were started, and a silent agent is stale.
  await startAgents(world);
  for (const colorScheme of ["light", "dark"] as const) {
    const tab = await openTab(browser, world.url, { colorScheme });
    const { page } = tab;
    await page.goto(`${world.url}/dashboard#/live?token=${world.token()}`);
    await settled(page);
    const clusters = page.getByRole("region", { name: "Clusters" });
    const rowOf = async (name: string) => {
      const row = clusters.getByRole("row").filter({ has: page.getByRole("rowheader", { name }) });
      return (await row.getByRole("cell").allTextContents()).slice(0, 6);
    };
    const [state, age, ...others] = await rowOf("production-eu");
    deepEqual([state, ...others], ["active", "2", "enforces seatsstops previews", "3.196.0", "0.3.0"]);
    match(age ?? "", /^\d+s|\d+m/);
    deepEqual(await rowOf("staging-us"), ["no data", "–", "0", "counts only", "unknown", "0.3.0"]);
    const operators = page.getByRole("region", { name: "Operators", exact: true });
    deepEqual(await operators.getByText("production-eu").count(), 0);
    await operators.getByRole("rowheader", { name: "checks" }).waitFor();
    const live = page.getByRole("region", { name: /^Live sessions/ });
    await page.getByLabel("Search Live sessions").fill("7CDEE5D05570B248");
    const session = live.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "7CDEE5D05570B248" }) });
    deepEqual((await session.getByRole("cell").allTextContents())[6], "denied");
    await page.getByLabel("Search Live sessions").fill("billing");
    await live.getByText("Preview", { exact: true }).waitFor();
    await live.screenshot({ path: join(world.folder, `agent-sessions-${colorScheme}.png`) });
    await clusters.screenshot({ path: join(world.folder, `clusters-${colorScheme}.png`) });
    deepEqual(tab.faults, []);
    await tab.close();
  }
};
