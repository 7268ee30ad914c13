import { parseArgs } from "node:util";
import { ENV } from "../../shared/contract/env.ts";
import type { ReportJobOutcome } from "../../shared/reports/report-job.ts";
import { argumentFaults, variableFaults } from "../input/utf8.ts";
import { invokeReportJob, runReportJobLocally } from "../local/report-job.ts";
import { StartError } from "../local/start-error.ts";

const HELP = `Makes the usage report of a period that is over, as the scheduled job does.

  npm run report-job -- [--for 2026-10 | --for 2026-W41] [--again] [--data-dir .data]

--for    the month, or the ISO week from Monday to Monday, in REPORT_TIME_ZONE; without it the last one that is due
         by REPORT_SCHEDULE
--again  though it was made before

Standard output tells the result alone; what the job logs goes to standard error.

Locally it works on the data folder, whether the server runs or not, with the settings that npm start reads of the
environment; the report goes to <data-dir>/reports/reports/usage. Where REPORT_BUCKET is set it works on AWS: TABLE_NAME
and LICENSE_SECRET_ARN (or LICENSE_PATH) are needed as well, NOTIFY_TOPIC_ARN is told if it is set.`;

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
  return tell(await (onAws ? invokeReportJob(event) : runReportJobLocally(values["data-dir"], event)));
};

const tell = (done: ReportJobOutcome): number => {
  switch (done.outcome) {
    case "made":
      console.log(`made, of ${done.from} to ${done.to}${done.final ? "" : ", not final yet"}:`);
      console.log(`  ${done.xlsx}\n  ${done.json}`);
      return 0;
    case "done before":
      console.log(`made before, of ${done.from} to ${done.to}; --for with --again makes it again:`);
      console.log(`  ${done.xlsx}\n  ${done.json}`);
      return 0;
    case "nothing is scheduled":
      console.error("report-job: REPORT_SCHEDULE is not set: name a period with --for");
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
