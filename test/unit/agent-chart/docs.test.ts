import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { ALL_RIGHTS } from "../../../tools/agent/rights.ts";
import { withRightsTable } from "../../../tools/agent/rights-table.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const page = readFileSync(join(ROOT, "docs/agent.md"), "utf8");

it("docs/agent.md lists exactly the rights of the chart, each with its reason", () => {
  expect(withRightsTable(page)).toBe(page);
  for (const { reason } of ALL_RIGHTS) expect(page).toContain(`| ${reason} |`);
});

it("docs/agent.md names only values that the chart has", () => {
  const values = parse(readFileSync(join(ROOT, "charts/mirrord-license-agent/values.yaml"), "utf8"));
  const rows = [...page.matchAll(/^\| (`[a-z][^|]*) \| (?:[^|]+) \| (?:[^|]+) \|$/gm)].map(([, cell = ""]) => cell);
  const named = rows.flatMap((cell) => {
    const [first = "", ...rest] = [...cell.matchAll(/`([a-zA-Z.]+)`/g)].map(([, name = ""]) => name);
    return [first, ...rest.map((name) => (name.startsWith(".") ? first.split(".")[0] + name : name))];
  });
  const has = (path: string) => path.split(".").reduce((at, name) => at?.[name], values) !== undefined;
  expect(named.filter((name) => name.startsWith("clusterName") || name.includes(".")).length).toBeGreaterThan(10);
  expect(
    named.filter(
      (name) =>
        /^(clusterName|server|image|credentials|operator\.namespace|license\.(secretName|restart)|enforce|kill|proxy|service)/.test(
          name,
        ) && !has(name),
    ),
  ).toEqual([]);
});

it("docs/agent.md lists exactly the agent's metrics", () => {
  const source = readFileSync(join(ROOT, "agent/health/metrics.ts"), "utf8");
  const rows = [...source.matchAll(/^ {2}(\w+): \["(gauge|counter)", "([^"]+)"\],$/gm)].map(
    ([, name, type, meaning]) => `| \`${name}\` | ${type} | ${meaning} |`,
  );
  expect(rows.length).toBeGreaterThan(10);
  expect(page.match(/^\| `[a-z_]+` \| (gauge|counter) \| .* \|$/gm)).toEqual(rows);
});
