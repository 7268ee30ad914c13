import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { markdownProse } from "./markdown.ts";
import { type Prose, wordFaults } from "./rules.ts";
import { sourceProse } from "./source.ts";

// Refuses words that the project's style avoids, and sentences that are too long, in all that people read.

const ROOT = join(import.meta.dirname, "../../..");
const PAGES = ["README.md", "{docs,infra,functions,shared,dashboard,tools,agent,charts}/**/*.md"];
const SOURCES = "{infra,functions,shared,dashboard,tools,agent}/**/*.{ts,tsx}";
/** The rules themselves name the words. */
const EXEMPT = /^tools\/verify\/words\//;

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
// What docs/logs.md queries is a contract with people's dashboards, whatever its words.
const queries = [...read("docs/logs.md").matchAll(/^```[\s\S]*?^```/gm)].join("\n");
const isQueried = ({ text }: Prose): boolean => queries.includes(text.trim());

const files = (patterns: string | string[]): string[] => globSync(patterns, { cwd: ROOT }).sort();
const faults = [
  ...files(PAGES).flatMap((file) => markdownProse(file, read(file))),
  ...files(SOURCES)
    .filter((file) => !EXEMPT.test(file))
    .flatMap((file) => sourceProse(file, read(file)))
    .filter((prose) => !isQueried(prose)),
].flatMap(wordFaults);

for (const { file, line, message } of faults) console.error(`${file}:${line} ${message}`);
if (faults.length > 0) {
  console.error(`${faults.length} faults of language. The style: short sentences in plain, usual words.`);
  process.exitCode = 1;
}
