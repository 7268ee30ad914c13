import type { Browser, BrowserContextOptions, Page } from "playwright-core";

/** A tab with its own storage, and the faults seen in it. */
export type Tab = {
  page: Page;
  /** Console errors and warnings, exceptions, and requests to other origins. A check filters out those it expects. */
  faults: string[];
  close: () => Promise<void>;
};

export const openTab = async (browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Tab> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  const { origin } = new URL(url);
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`exception: ${error.stack ?? error.message}`));
  page.on("request", (request) => {
    const address = new URL(request.url());
    if (address.protocol !== "data:" && address.origin !== origin) faults.push(`request to ${address.origin}`);
  });
  return { page, faults, close: () => context.close() };
};

/** Waits until everything has loaded. */
export const settled = async (page: Page): Promise<void> => {
  await page.waitForSelector("#view-title");
  await page.locator(".loading, .reloading").first().waitFor({ state: "detached" });
};

/** Opens a view by its link, as a person does. */
export const goToView = async (page: Page, title: string): Promise<void> => {
  await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: title, exact: true }).click();
  await page.getByRole("heading", { level: 1, name: title }).waitFor();
  await settled(page);
};
