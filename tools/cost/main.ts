import { readFileSync } from "node:fs";
import { addedByOptions } from "./added.ts";
import { HELP, parseCostArguments } from "./command-line.ts";
import { countDeployment } from "./deployment.ts";
import { costTables } from "./table.ts";

const read = parseCostArguments(process.argv.slice(2));
if (read.kind === "run") {
  const byDefault = countDeployment();
  const deployment =
    read.config === undefined ? byDefault : countDeployment(JSON.parse(readFileSync(read.config, "utf8")));
  console.log(costTables(read.team, deployment, addedByOptions(byDefault)));
} else if (read.kind === "help") console.log(HELP);
else {
  for (const fault of read.faults) console.error(`cost: ${fault}`);
  console.error(HELP);
  process.exitCode = 2;
}
