import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const { source } = createRequire(import.meta.url)("axe-core") as { source: string };

type Violation = { id: string; impact: string | null; help: string; nodes: { html: string }[] };

/** The findings of axe on the current page, one line each, without minor ones. */
export const findings = async (page: Page): Promise<string[]> => {
  await page.evaluate(source);
  const violations = (await page.evaluate("axe.run().then(({ violations }) => violations)")) as Violation[];
  return violations
    .filter(({ impact }) => impact !== "minor")
    .map(({ id, help, nodes }) => `axe ${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
};
