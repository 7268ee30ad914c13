import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { findings } from "./axe.ts";
import { openTab, settled } from "./tab.ts";
import type { World } from "./world.ts";

const CLUSTER = "catalog-eu";
const YAML = `apiVersion: policies.mirrord.metalbear.co/v1alpha
kind: MirrordPolicy
metadata:
  name: no-steal
  namespace: shop
spec:
  block:
    - stael
`;

/** An admin writes a policy: faults while typing, review with impact, save, and the clusters become green. */
export const writePolicy = async (browser: Browser, world: World): Promise<void> => {
  const agent = await startCatalogAgent(world);
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  await page.goto(`${world.url}/dashboard#/policies?token=${world.token()}`);
  await settled(page);
  await page.getByText("No policies or profiles yet. Choose New policy").waitFor();
  await picture(page, world, "policies-empty");

  await page.getByRole("button", { name: "New policy" }).click();
  const yaml = page.getByLabel("YAML");
  await page.getByText("No faults found.").waitFor();
  await yaml.fill(YAML.replace("no-steal", "No_Steal"));
  await page.getByText("must be one of steal,").waitFor();
  const lines = page.getByRole("button", { name: /^Line \d+$/ });
  deepEqual(await lines.allTextContents(), ["Line 4", "Line 8"]);
  const review = page.getByRole("button", { name: "Review changes" });
  equal(await review.getAttribute("aria-disabled"), "true");
  await picture(page, world, "policies-faults");
  await lines.nth(1).click();
  equal(
    await page.evaluate(
      "((field) => field.value.slice(field.selectionStart, field.selectionEnd))(document.activeElement)",
    ),
    "    - stael",
    "the button of a fault selects its line",
  );
  // What is selected is typed over.
  await page.keyboard.type("    - steal");
  await yaml.fill((await yaml.inputValue()).replace("No_Steal", "no-steal"));
  await page.getByText("No faults found.").waitFor();
  await review.click();
  await page.getByRole("heading", { name: "Policy shop/no-steal New" }).waitFor();
  await page.getByRole("heading", { name: "Would be refused" }).waitFor();
  await page.getByRole("button", { name: "Read each session" }).click();
  await page.getByRole("button", { name: "Read each session" }).waitFor({ state: "detached" });
  await page.getByRole("heading", { name: "Would be refused" }).waitFor();
  await picture(page, world, "policies-review");
  await page.getByRole("button", { name: "Save", exact: true }).click();

  const states = page.getByRole("region", { name: "Where it is in force" });
  const cluster = states.getByRole("row").filter({ has: page.getByRole("rowheader", { name: CLUSTER }) });
  await cluster.getByText(/^behind|never reported$/).waitFor();
  await picture(page, world, "policies-on-its-way");
  await agent.applied();
  // The page refreshes automatically.
  await cluster.getByText("applied").waitFor({ timeout: 20_000 });
  await picture(page, world, "policies-in-force");
  await page.getByRole("button", { name: "Back to the list" }).click();
  const row = page.getByRole("row").filter({ has: page.getByRole("link", { name: "no-steal" }) });
  await row.getByText("1 of 1").waitFor();
  deepEqual(tab.faults, []);
  await tab.close();
};

/** Of two admins one is faster: the other learns of it, compares, and decides. History brings an earlier generation back. */
export const changePolicy = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  await page.goto(`${world.url}/dashboard#/policies?token=${world.token()}`);
  await settled(page);
  await page.getByRole("link", { name: "no-steal" }).click();
  const yaml = page.getByLabel("YAML");
  await yaml.waitFor();
  const steal = await yaml.inputValue();
  match(steal, /- steal\n/);

  const path = "/api/v1/catalog/MirrordPolicy/no-steal?namespace=shop";
  const { etag } = await asAdmin<{ etag: string }>(world, "GET", path);
  await asAdmin(world, "PUT", path, { spec: { block: ["mirror"] } }, etag);
  await yaml.fill(steal.replace("- steal", "- steal-without-filter"));
  await page.getByText("No faults found.").waitFor();
  await page.getByRole("button", { name: "Review changes" }).click();
  await page.getByText("Somebody changed this entry after you opened it.").waitFor();
  await picture(page, world, "policies-conflict");
  await page.getByRole("button", { name: "Compare with the current version" }).click();
  await page.getByText("Somebody changed this entry").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Review changes" }).click();
  await page.locator(".diff del", { hasText: '"mirror"' }).waitFor();
  await page.locator(".diff ins", { hasText: '"steal-without-filter"' }).waitFor();

  // A draft survives a reload of the page, and is offered for removal.
  await page.reload();
  await settled(page);
  await page.getByText("Your unsaved changes are back.").waitFor();
  match(await yaml.inputValue(), /steal-without-filter/);
  await page.getByRole("button", { name: "Discard them" }).click();
  match(await yaml.inputValue(), /- mirror\n/);

  await page.getByRole("button", { name: "Restore generation 1" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Restore" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("rowheader", { name: "3", exact: true }).waitFor();
  equal(await yaml.inputValue(), steal);
  await picture(page, world, "policies-history");
  // The browser logs the 412.
  deepEqual(
    tab.faults.filter((fault) => !fault.includes("412")),
    [],
  );
  await tab.close();
};

/** With a token that may only read there is nothing to change; without one, the page says which scope is missing. */
export const readPolicies = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  await page.goto(`${world.url}/dashboard#/policies?token=${world.token(["policies:read"])}`);
  await settled(page);
  equal(await page.getByRole("button", { name: /^New/ }).count(), 0);
  await page.getByRole("link", { name: "no-steal" }).click();
  const yaml = page.getByLabel("YAML");
  await yaml.waitFor();
  await page.getByText("Read only. To change it").waitFor();
  ok(!(await yaml.isEditable()));
  equal(await page.getByRole("button", { name: /^(Review|Save|Delete|Restore)/ }).count(), 0);
  await picture(page, world, "policies-read-only");
  await tab.close();

  const other = await openTab(browser, world.url);
  await other.page.goto(`${world.url}/dashboard#/policies?token=${world.token(["seats:read"])}`);
  await settled(other.page);
  equal(await other.page.getByText("(requires policies:read)").count(), 2);
  await other.close();

  const failing = await openTab(browser, world.url);
  await failing.page.route("**/api/v1/catalog*", (route) =>
    route.fulfill({ status: 500, json: { detail: "no", request_id: "r-1" } }),
  );
  await failing.page.goto(`${world.url}/dashboard#/policies?token=${world.token()}`);
  await failing.page.getByText("Could not load policies.").waitFor();
  await picture(failing.page, world, "policies-failing", false);
  await failing.close();
};

/** The editor fits every width in both themes, has no axe findings, and works with the keyboard alone. */
export const policiesOnScreens = async (browser: Browser, world: World): Promise<void> => {
  const faults: string[] = [];
  for (const [colorScheme, width] of [
    ["light", 320],
    ["dark", 320],
    ["light", 1_280],
    ["dark", 1_920],
  ] as const) {
    const tab = await openTab(browser, world.url, { colorScheme, viewport: { width, height: 800 } });
    const { page } = tab;
    await page.goto(`${world.url}/dashboard#/policies?entry=MirrordPolicy/shop/no-steal&token=${world.token()}`);
    await settled(page);
    const yaml = page.getByLabel("YAML");
    await yaml.fill(`${await yaml.inputValue()}  unknown: 1\n`);
    await page.getByText("is not a field that this server knows").waitFor();
    faults.push(...(await findings(page)));
    await page.getByLabel("Accept unknown fields").check();
    await page.getByText("No faults found.").waitFor();
    await page.getByRole("button", { name: "Review changes" }).click();
    await page.getByRole("heading", { name: "Would be refused" }).waitFor();
    faults.push(...(await findings(page)), ...tab.faults);
    const tooWide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    if (tooWide !== 0) faults.push(`${tooWide} px wider than ${width}`);
    await picture(page, world, `policies-${colorScheme}-${width}`, false);
    await tab.close();
  }
  deepEqual(faults, []);
};

/** Deletes with the keyboard alone; the dialog returns the focus, and its second time deletes. */
export const deletePolicy = async (browser: Browser, world: World): Promise<void> => {
  const tab = await openTab(browser, world.url);
  const { page } = tab;
  await page.goto(`${world.url}/dashboard#/policies?token=${world.token()}`);
  await settled(page);
  await page.getByRole("link", { name: "no-steal" }).focus();
  await page.keyboard.press("Enter");
  await page.getByLabel("YAML").waitFor();
  for (const [key, open] of [
    ["Escape", true],
    ["Enter", false],
  ] as const) {
    for (let step = 0; step < 40 && (await focused(page)) !== "Delete…"; step += 1) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Delete this entry?" }).waitFor();
    if (key === "Enter") await page.keyboard.press("Tab");
    await page.keyboard.press(key);
    await page.getByRole("dialog").waitFor({ state: "detached" });
    if (open) equal(await focused(page), "Delete…");
  }
  await page.getByText("No policies or profiles yet.").waitFor();
  deepEqual(tab.faults, []);
  await tab.close();
};

const focused = (page: Page): Promise<unknown> => page.evaluate("document.activeElement.textContent");

const picture = async (page: Page, world: World, name: string, clean = true): Promise<void> => {
  await page.screenshot({ path: join(world.folder, `${name}.png`), fullPage: true });
  if (clean) deepEqual(await findings(page), []);
};

const asAdmin = <T>(world: World, method: string, path: string, body?: unknown, ifMatch?: string): Promise<T> =>
  withBearer(world, world.token(), { method, path, body, ifMatch });

type BearerCall = { method: string; path: string; body?: unknown; ifMatch?: string | undefined };

const withBearer = async <T>(world: World, token: string, { method, path, body, ifMatch }: BearerCall): Promise<T> => {
  const response = await fetch(`${world.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  ok(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
  return (await response.json()) as T;
};

type CatalogState = { catalog_id: string; revision: number };

/** An agent that applies the catalog. `applied` reports that it has the current revision. */
const startCatalogAgent = async (world: World) => {
  const self = {
    instance_id: `cluster-id-${CLUSTER}`,
    cluster_id: `id-${CLUSTER}`,
    cluster_name: CLUSTER,
    operator_version: "3.200.0",
    agent: {
      version: "0.3.0",
      process_id: "process-catalog",
      enforces: false,
      applies_catalog: true,
      kills_previews: false,
      observed_at: new Date().toISOString(),
    },
  };
  type Licensed = { lease: { token: string } };
  const licensed = await world.call<Licensed>("POST", "/api/v1/license", self);
  equal(licensed.status, 200);
  let seq = 0;
  const beat = async (catalog?: CatalogState) => {
    seq += 1;
    const status = catalog === undefined ? {} : { catalog_status: { ...catalog, state: "applied", entries: [] } };
    const body = { ...self, seq, sent_at: new Date().toISOString(), ...status };
    // The license key alone reports no status.
    await withBearer(world, licensed.json.lease.token, { method: "POST", path: "/api/v1/heartbeat", body });
  };
  await beat();
  return {
    applied: async () => {
      const { catalog_id, revision } = await asAdmin<CatalogState>(world, "GET", "/api/v1/catalog");
      await beat({ catalog_id, revision });
    },
  };
};
