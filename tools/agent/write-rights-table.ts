import { readFileSync, writeFileSync } from "node:fs";
import { withRightsTable } from "./rights-table.ts";

// Writes the table of rights into docs/agent.md, after a change of the chart's rights.
const PAGE = new URL("../../docs/agent.md", import.meta.url);
writeFileSync(PAGE, withRightsTable(readFileSync(PAGE, "utf8")));
