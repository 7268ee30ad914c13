import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import packageJson from "../../package.json" with { type: "json" };
import { openApiDocument } from "./document.ts";

const FILE = new URL("../../shared/contract/openapi.json", import.meta.url);

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const text = `${JSON.stringify(openApiDocument(packageJson.version), undefined, 2)}\n`;

if (!values.check) await writeFile(FILE, text);
else if ((await readFile(FILE, "utf8").catch(() => "")) !== text) {
  console.error("shared/contract/openapi.json is stale: run `npm run openapi`");
  process.exitCode = 1;
}
