import { readFileSync, writeFileSync } from "node:fs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { dayOf, startOf } from "../../../shared/contract/time.ts";
import { readLicenseFile } from "../../../shared/licensing/license-file.ts";
import { createShownNames } from "../../../shared/privacy/shown-names.ts";
import { jsonContent, type ReportContent, xlsxContent } from "../../../shared/reports/content.ts";
import { makeUsageReport } from "../../../shared/reports/make-usage-report.ts";
import { makeUsageWorkbook } from "../../../shared/reports/make-usage-workbook.ts";
import { buildUsageReport } from "../../../shared/reports/usage-report.ts";
import { createTable } from "../../../shared/store/dynamodb.ts";
import { readUsageSince } from "../../../shared/usage/since.ts";
import { localClient, REAL_PACE } from "../local-client.ts";
import { readDatabase } from "./database.ts";
import type { Measurement, MeasureTask } from "./measurement.ts";
import { scanSessions } from "./scan.ts";

/**
 * A process of its own for one report: how long it takes from the call to the file's bytes, and what memory that needs.
 * Modules are loaded and a connection is open by then, as in a function that has started.
 */

const HEAP_LOOKS_MS = 5;

const main = async (task: MeasureTask): Promise<Measurement> => {
  const maker = createMaker(task);
  await maker.warmUp();
  let heapBytes = 0;
  const look = () => {
    heapBytes = Math.max(heapBytes, process.memoryUsage().heapUsed);
  };
  const timer = setInterval(look, HEAP_LOOKS_MS);
  const startedAt = performance.now();
  const { content, readUnits } = await maker.make();
  const ms = performance.now() - startedAt;
  look();
  clearInterval(timer);
  if (task.keepAt !== undefined) writeFileSync(task.keepAt, content.body);
  return {
    ms,
    readUnits,
    heapBytes,
    rssBytes: process.resourceUsage().maxRSS * 1_024,
    bytes: Buffer.byteLength(content.body),
  };
};

type Made = { content: ReportContent; readUnits: number };

const createMaker = (task: MeasureTask): { warmUp(): Promise<unknown>; make(): Promise<Made> } => {
  const license = licenseOf(task.licensePem);
  const { now, format } = task;
  const period = { from: task.from, to: task.to };
  const client = DynamoDBDocumentClient.from(localClient(task.endpoint));
  let readUnits = 0;
  const table = createTable({
    client,
    tableName: task.tableName,
    pace: REAL_PACE,
    onConsumed: ({ units }) => {
      readUnits += units;
    },
  });
  const warmUp = () => table.get({ pk: "NONE", sk: "NONE" }, { consistent: false });
  if (task.way === "rollups") {
    const deps = {
      table,
      license,
      anchorDay: undefined,
      names: createShownNames({ strip: undefined, pseudonymKey: undefined }),
    };
    const request = { period, primaryKey: "machine_id", now } as const;
    return {
      warmUp,
      async make() {
        readUnits = 0;
        const content =
          format === "xlsx"
            ? await xlsxContent(await makeUsageWorkbook(deps, request), now)
            : jsonContent(await makeUsageReport(deps, request));
        return { content, readUnits };
      },
    };
  }
  const summed = async () =>
    task.way === "scan"
      ? scanSessions(table, { ...period, since: startOf((await readUsageSince(table)) ?? dayOf(now)), now })
      : readDatabase(task.databasePath, period);
  return {
    warmUp: async () => (task.way === "scan" ? await warmUp() : undefined),
    async make() {
      readUnits = 0;
      const usage = await summed();
      const report = buildUsageReport({
        ...usage,
        license: { maxSeats: license.terms.maxSeats, type: license.terms.type },
        primaryKey: "machine_id",
        period,
        now,
        running: { ci: 0, preview: 0 },
        peaks: null,
        runPeaks: new Map(),
        showTrigger: (trigger) => trigger,
        names: { person: (name) => name, machine: (name) => name, machineId: (id) => id },
        operator: undefined,
        show: (identifier) => identifier,
      });
      const content =
        format === "xlsx"
          ? await xlsxContent({ report, trends: [], denials: NO_DENIALS, seatHistory: [] }, now)
          : jsonContent(report);
      return { content, readUnits };
    },
  };
};

const NO_DENIALS = { from: "", to: "", max_seats: null, denials: 0, users: 0, seats_enough: null, entries: [] };

const licenseOf = (pem: string) => {
  const reading = readLicenseFile(pem);
  if (!reading.ok) throw new Error(reading.reason);
  return reading.license;
};

const task = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as MeasureTask;

main(task).then(
  (measured) => process.stdout.write(JSON.stringify(measured)),
  (error: unknown) => {
    // Node itself would print the line of the bundle as well, which is the bundle.
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  },
);
