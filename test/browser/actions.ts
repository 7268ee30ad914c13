import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { openTab, settled } from "./tab.ts";
import { INSTANCE, type World } from "./world.ts";

type Beat = { terminate: string[] };
type Seats = { seats: { id: string; kubernetes_username: string }[] };

/** Kill asks for confirmation; the killed session is in its operator's next heartbeat. */
export const killSession = async (browser: Browser, world: World, sessions: readonly string[]): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  const [victim = ""] = sessions;
  await page.goto(`${world.url}/dashboard#/live?token=${world.token()}`);
  await settled(page);
  await page.getByLabel("Search Live sessions").fill(victim);
  await page.getByText("<img src=x onerror=alert(1)>").first().waitFor();
  const kill = page.getByRole("button", { name: `Kill session ${victim}` });
  await kill.click();
  await page.getByRole("dialog", { name: "Kill this session?" }).getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  equal(await page.evaluate("document.activeElement.textContent"), `Kill session ${victim}`);
  deepEqual((await beat(world, sessions, 2)).terminate, []);

  await kill.click();
  await page.getByRole("button", { name: "Kill session", exact: true }).click();
  await page.getByText("stopping").waitFor();
  ok(await kill.isDisabled());
  // A reload shows it as stopping, too.
  await page.reload();
  await settled(page);
  await page.getByLabel("Search Live sessions").fill(victim);
  await page.getByText("stopping").waitFor();
  deepEqual((await beat(world, sessions, 3)).terminate, [victim]);
  deepEqual(tab.faults, []);
  await tab.close();
};

/** Kill all asks for confirmation and applies its filters. */
export const killAll = async (browser: Browser, world: World, sessions: readonly string[]): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  await page.goto(`${world.url}/dashboard#/live?token=${world.token()}`);
  await settled(page);
  await page.getByRole("button", { name: "Kill all…" }).click();
  await page.getByLabel("Namespace").selectOption("shop");
  // A canceled dialog does not keep its filters.
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Kill all…" }).click();
  equal(await page.getByLabel("Namespace").inputValue(), "");
  await page.getByLabel("Namespace").selectOption("shop");
  await page.getByRole("button", { name: `Kill ${sessions.length} sessions` }).click();
  await page.getByText("Stop requested for").waitFor({ state: "attached" });
  deepEqual((await beat(world, sessions, 4)).terminate.sort(), [...sessions].sort());
  deepEqual(tab.faults, []);
  await tab.close();
};

/** Release asks for confirmation, then the seat is free. */
export const releaseSeat = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  const holders = async () => (await world.call<Seats>("GET", "/api/v1/seats")).json.seats;
  const before = await holders();
  const [chosen] = before;
  await page.goto(`${world.url}/dashboard#/seats?token=${world.token()}`);
  await settled(page);
  await page.getByRole("button", { name: `Release the seat of ${chosen?.kubernetes_username} on` }).click();
  await page
    .getByRole("dialog", { name: "Release this seat?" })
    .getByRole("button", { name: /^Release/ })
    .click();
  await page.getByText(`Seat of ${chosen?.kubernetes_username} released.`).waitFor({ state: "attached" });
  await page
    .getByRole("rowheader", { name: chosen?.kubernetes_username ?? "", exact: true })
    .first()
    .waitFor({ state: "detached" });
  equal((await holders()).length, before.length - 1);
  deepEqual(tab.faults, []);
  await tab.close();
};

const beat = async (world: World, sessions: readonly string[], seq: number): Promise<Beat> => {
  const body = { instance_id: INSTANCE, operator_version: "3.130.0", seq, sent_at: new Date().toISOString(), sessions };
  return (await world.call<Beat>("POST", "/api/v1/heartbeat", body)).json;
};

/** Before a release, the dialog warns about the live sessions of the seat's user and names them, also those newer than the list. */
export const releaseWarns = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  const dialog = page.getByRole("dialog", { name: "Release this seat?" });
  const openAndCancel = async () => {
    await page.getByRole("button", { name: "Release the seat of user1@example.com on laptop-1", exact: true }).click();
    await dialog.getByText("This user has 1 live session.").waitFor();
    await dialog.getByText("CHECK001").waitFor();
    equal(await dialog.getByText("CHECK", { exact: false }).count(), 1);
    await dialog.getByRole("button", { name: "Release anyway" }).waitFor();
    await page.screenshot({ path: join(world.folder, "release-warning.png") });
    await dialog.getByRole("button", { name: "Cancel" }).click();
  };
  await page.goto(`${world.url}/dashboard#/seats?token=${world.token()}`);
  await settled(page);
  await openAndCancel();

  await page.route("**/api/v1/seats", async (route) => {
    const response = await route.fetch();
    const body = (await response.json()) as Seats;
    await route.fulfill({
      response,
      json: { ...body, seats: body.seats.map((seat) => ({ ...seat, live_sessions: 0 })) },
    });
  });
  await page.reload();
  await settled(page);
  await openAndCancel();
  deepEqual(tab.faults, []);
  await tab.close();
};
