import { HELP, parseCostArguments } from "./command-line.ts";
import { costTables } from "./table.ts";

const read = parseCostArguments(process.argv.slice(2));
if (read.kind === "run") console.log(costTables(read.team));
else if (read.kind === "help") console.log(HELP);
else {
  for (const fault of read.faults) console.error(`cost: ${fault}`);
  console.error(HELP);
  process.exitCode = 2;
}
