import { parseArgs } from "node:util";
import { ENV } from "../../shared/contract/env.ts";
import type { ReportJobOutcome } from "../../shared/reports/report-job.ts";
import { optionLines } from "../input/help.ts";
import { argumentFaults, variableFaults } from "../input/utf8.ts";
import { invokeReportJob, runReportJobLocally } from "../local/report-job.ts";
import { StartError } from "../local/start-error.ts";

const HELP = `Makes the usage report of a past period, like the scheduled job.

  npm run report-job -- [--for 2026-10 | 2026-W41 | 2026-H1 | 2026] [--again] [--data-dir .data]

${optionLines([
  ["--for PERIOD", "a month, or an ISO week from Monday to Sunday, in REPORT_TIME_ZONE"],
  ["", "default: the last period of REPORT_SCHEDULE that is over"],
  ["--again", "make the report again if it exists"],
  ["--data-dir DIR", "the data folder of a local server, running or not (default .data)"],
])}

Standard output has the result only. Log lines go to standard error.

Locally it uses the settings that npm start reads from the environment. The report goes to <data-dir>/reports/reports/usage.
If REPORT_BUCKET is set, it works on AWS. It then needs TABLE_NAME and LICENSE_SECRET_ARN (or LICENSE_PATH), and sends a
notification if NOTIFY_TOPIC_ARN is set.`;

const OPTIONS = {
  for: { type: "string" },
  again: { type: "boolean", default: false },
  "data-dir": { type: "string", default: process.env["DATA_DIR"] || ".data" },
  help: { type: "boolean", default: false },
} as const;

const USAGE_ERROR = 2;

const main = async (): Promise<number> => {
  const damaged = [
    ...argumentFaults(process.argv.slice(2)),
    ...variableFaults(process.env, ["DATA_DIR", ...Object.keys(ENV)]),
  ];
  if (damaged.length > 0) throw new StartError(damaged);
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const event = {
    ...(values.for === undefined ? {} : { for: values.for }),
    ...(values.again ? { again: true } : {}),
  };
  const onAws = (process.env["REPORT_BUCKET"] ?? "") !== "";
  return print(await (onAws ? invokeReportJob(event) : runReportJobLocally(values["data-dir"], event)));
};

const print = (done: ReportJobOutcome): number => {
  switch (done.outcome) {
    case "made":
      console.log(`made for ${done.from} to ${done.to}${done.final ? "" : ", not final yet"}:`);
      console.log(`  ${done.xlsx}\n  ${done.json}`);
      return 0;
    case "done before":
      console.log(`exists for ${done.from} to ${done.to}; to make it again, use --for with --again:`);
      console.log(`  ${done.xlsx}\n  ${done.json}`);
      return 0;
    case "nothing is scheduled":
      console.error("report-job: REPORT_SCHEDULE is not set. Use --for.");
      return USAGE_ERROR;
    case "refused":
      for (const { path, message } of done.errors) console.error(`report-job: --${path} ${message}`);
      return USAGE_ERROR;
  }
};

try {
  process.exitCode = await main();
} catch (error) {
  const isArgument = (error as NodeJS.ErrnoException).code?.startsWith("ERR_PARSE_ARGS") === true;
  console.error(`report-job: ${error instanceof Error ? error.message : "failed"}`);
  process.exitCode = isArgument || error instanceof StartError ? USAGE_ERROR : 1;
}
