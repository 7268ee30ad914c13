import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { executionPolicyText, PARTS } from "./policy.ts";

/** Writes docs/execution-policy: `npm run execution-policy`. */
const folder = join(import.meta.dirname, "..", "..", "docs", "execution-policy");
mkdirSync(folder, { recursive: true });
for (const part of PARTS) writeFileSync(join(folder, `${part}.json`), executionPolicyText(part));
