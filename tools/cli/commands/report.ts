import type { Command } from "commander";
import { REPORT_FORMATS } from "../../../shared/contract/queries.ts";
import { PRIMARY_KEYS } from "../../../shared/contract/responses.ts";
import { type Call, type Define, examples } from "../command.ts";
import { CliError, EXIT } from "../exit.ts";
import { type RangeOptions, rangeOf, withRange } from "../range.ts";
import { checkFile, type FileOptions, isFile, reportFormat, withFile, writeReport } from "../report-file.ts";
import {
  denialCsv,
  denialTable,
  errorCsv,
  errorTable,
  machineCsv,
  machineReportOf,
  machineTable,
  trendCsv,
  trendTable,
  usageTable,
} from "../report-tables.ts";
import { type TrendOptions, trendDays, withTrendDays } from "../trend-days.ts";

type UsageOptions = FileOptions & RangeOptions & { primaryKey?: string };
type RangedOptions = FileOptions & RangeOptions;

// Here `-o` names a file.
export const OUTPUT_FLAG = { outputFlag: "--output" };

/** `report usage | machine-sessions | trends | errors | denials`. */
export const reportCommands = (program: Command, define: Define): void => {
  const group = program
    .command("report")
    .description("reports: usage, machine sessions, trends by day, operator errors, refused sessions");
  const add = <Options>(target: Command, action: (call: Call<Options>) => Promise<void>) =>
    define(target, action, OUTPUT_FLAG);

  add(
    examples(
      withRange(
        withFile(group.command("usage").description("sessions and session time of each user"), "xlsx, json, csv"),
      ).option("--primary-key <name>", `count users by: ${PRIMARY_KEYS.join(", ")} (default: person)`),
      "license-server report usage --from 2026-11 --to 2026-12 -o november.xlsx",
      "license-server report usage --primary-key username --format csv > users.csv",
    ),
    usage,
  );
  add(
    examples(
      withRange(
        withFile(
          group
            .command("machine-sessions")
            .description("CI sessions and previews by provider, pipeline, environment and trigger"),
          OWN,
        ),
      ),
      "license-server report machine-sessions --from 2026-11 --to 2026-12",
      "license-server report machine-sessions --format csv > pipelines.csv",
    ),
    machineSessions,
  );
  add(
    examples(
      withTrendDays(
        withFile(group.command("trends").description("sessions, users, peaks, seats and refusals by day"), OWN),
      ),
      "license-server report trends --days 7",
      "license-server report trends --from 2026-10 --to 2026-11",
      "license-server report trends --days 90 -o trends.csv",
    ),
    trends,
  );
  add(
    examples(
      withRange(withFile(group.command("errors").description("errors that operators reported"), OWN)),
      "license-server report errors --from 2026-11-20",
      "license-server report errors -o errors.json",
    ),
    errors,
  );
  add(
    examples(
      withRange(withFile(group.command("denials").description("users who were refused because no seat was free"), OWN)),
      "license-server report denials --from 2026-11-01",
    ),
    denials,
  );
};

const WAITING = "waiting for the report …";

const OWN_FORMATS = ["json", "csv"] as const;
export const OWN = OWN_FORMATS.join(", ");

// The server makes the files of this report.
const usage = async (call: Call<UsageOptions>): Promise<void> => {
  const { options, connection, system, print } = call;
  const query = { ...rangeOf(options), primary_key: options.primaryKey ?? "person" };
  const format = reportFormat(options, REPORT_FORMATS);
  const wait = () => call.progress.report(WAITING);
  if (format === undefined) {
    wait();
    const report = await connection.api.usage(query);
    call.progress.done();
    print(report, () => usageTable(report));
    return;
  }
  if (format === "xlsx" && !isFile(options.file) && system.stdout.isTTY === true)
    throw new CliError(EXIT.usage, "An xlsx cannot be printed on a terminal. Use -o report.xlsx.");
  checkFile(options);
  wait();
  await writeReport(call, await connection.api.usageFile(query, format));
};

const machineSessions = async (call: Call<RangedOptions>): Promise<void> => {
  const query = { ...rangeOf(call.options), primary_key: undefined };
  await show(call, async () => machineReportOf(await call.connection.api.usage(query)), machineTable, machineCsv);
};

const trends = async (call: Call<FileOptions & TrendOptions>): Promise<void> => {
  const { ask, shown } = trendDays(call.options, call.system.now());
  await show(call, async () => shown(await call.connection.api.trends(ask)), trendTable, trendCsv);
};

const errors = async (call: Call<RangedOptions>): Promise<void> => {
  const range = rangeOf(call.options);
  const report = () => call.connection.api.errors(range, (so) => call.progress.report(`${so} errors …`));
  await show(call, report, errorTable, errorCsv);
};

const denials = async (call: Call<RangedOptions>): Promise<void> => {
  const range = rangeOf(call.options);
  await show(call, () => call.connection.api.denials(range), denialTable, denialCsv);
};

/** Shows a report as a table, or writes it as a file in one of the CLI's own formats. */
export const show = async <Wire>(
  call: Call<FileOptions>,
  read: () => Promise<Wire>,
  table: (report: Wire) => string,
  csv: (report: Wire) => string,
): Promise<void> => {
  const format = reportFormat(call.options, OWN_FORMATS);
  checkFile(call.options);
  call.progress.report(WAITING);
  const report = await read();
  call.progress.done();
  if (format === undefined) call.print(report, () => table(report));
  else await writeReport(call, format === "csv" ? csv(report) : `${JSON.stringify(report, null, 2)}\n`);
};
