import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import packageJson from "../../package.json" with { type: "json" };
import { openApiDocument } from "./document.ts";
import { withMetricTable } from "./metric-table.ts";
import { withRouteTable } from "./route-table.ts";

const DOCUMENT = new URL("../../shared/contract/openapi.json", import.meta.url);
const API_PAGE = new URL("../../docs/api.md", import.meta.url);
const METRICS = new URL("../../docs/metrics.md", import.meta.url);

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const files = [
  { url: DOCUMENT, text: `${JSON.stringify(openApiDocument(packageJson.version), undefined, 2)}\n` },
  { url: API_PAGE, text: withRouteTable(await readFile(API_PAGE, "utf8")) },
  { url: METRICS, text: withMetricTable(await readFile(METRICS, "utf8")) },
];

for (const { url, text } of files)
  if (!values.check) await writeFile(url, text);
  else if ((await readFile(url, "utf8").catch(() => "")) !== text) {
    console.error(`${url.pathname.split("/").at(-1)} is stale: run \`npm run openapi\``);
    process.exitCode = 1;
  }
