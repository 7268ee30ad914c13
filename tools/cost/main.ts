import { describeProblems, loadConfig } from "../../infra/config.ts";
import { addedByOptions } from "./added.ts";
import { HELP, parseCostArguments } from "./command-line.ts";
import { countDeployment } from "./deployment.ts";
import { costTables } from "./table.ts";

const read = parseCostArguments(process.argv.slice(2));
if (read.kind === "run") {
  const loaded = read.config === undefined ? undefined : loadConfig(read.config);
  if (loaded?.ok === false) {
    console.error(describeProblems(loaded.problems));
    process.exitCode = 2;
  } else {
    const byDefault = countDeployment();
    const deployment = loaded === undefined ? byDefault : countDeployment(loaded.config);
    console.log(costTables(read.team, deployment, addedByOptions(byDefault)));
  }
} else if (read.kind === "help") console.log(HELP);
else {
  for (const fault of read.faults) console.error(`cost: ${fault}`);
  console.error(HELP);
  process.exitCode = 2;
}
