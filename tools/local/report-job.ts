import { randomUUID } from "node:crypto";
import { FUNCTIONS, timeoutSecondsOf } from "../../shared/contract/functions.ts";
import { parseEnv } from "../../shared/contract/parse-env.ts";
import { SECOND_MS } from "../../shared/contract/time.ts";
import { createRuntime } from "../../shared/http/runtime.ts";
import type { ReportJobOutcome } from "../../shared/reports/report-job.ts";
import { createLogger } from "../../shared/telemetry/logger.ts";
import { invocationContext } from "./context.ts";
import { demoLicense } from "./demo-license.ts";
import { applyHandlerEnv } from "./handler-env.ts";
import { baseUrl } from "./listen.ts";
import { openData } from "./open-data.ts";
import { reportDir } from "./report-dir.ts";
import { REPORTS_PATH } from "./report-files.ts";
import { readServerNote } from "./server-note.ts";
import { readSettings, type Settings } from "./settings.ts";
import { StartError } from "./start-error.ts";

/**
 * Runs the report job on a data directory, whether its server runs or not. `env` is the server's environment.
 * Throws a `StartError` for what the user can fix.
 */
export const runReportJobLocally = async (
  dataDir: string,
  event: unknown,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ReportJobOutcome> => {
  const reading = readSettings({ ...env, DATA_DIR: dataDir });
  if (!reading.ok) throw new StartError(reading.problems);
  const { settings } = reading;
  const data = await databaseOf(settings.dataDir, settings.dynamodbEndpoint);
  try {
    const license = settings.license ?? (await demoLicense(settings.dataDir, Date.now()));
    const contract = {
      ...settings.passedOn,
      TABLE_NAME: data.tableName ?? settings.tableName,
      LICENSE_PATH: license.path,
      REPORT_DIR: reportDir(settings.dataDir),
      ...reportUrl(settings),
    };
    const restore = applyHandlerEnv({ contract, database: data });
    try {
      return await invokeReportJob(event);
    } finally {
      restore();
    }
  } finally {
    await data.close();
  }
};

// A running server noted its own URL. If it does not run and its port is chosen by the system, links name the file itself.
const reportUrl = (settings: Settings): { REPORT_DIR_URL?: string } => {
  const running = readServerNote(settings.dataDir)?.url;
  const url = running ?? (settings.port === 0 ? undefined : baseUrl(settings, settings.port));
  return url === undefined ? {} : { REPORT_DIR_URL: `${url}${REPORTS_PATH}` };
};

/** Runs the report job in this process, with its environment. Log lines go to standard error. */
export const invokeReportJob = async (event: unknown): Promise<ReportJobOutcome> => {
  // The handler reads the environment while it loads.
  const { create } = await import("../../functions/reportJob/handler.ts");
  const { LOG_LEVEL, DEPLOYMENT } = parseEnv(process.env, FUNCTIONS.reportJob);
  const log = createLogger(LOG_LEVEL, console.error, Date.now, {}, { deployment: DEPLOYMENT });
  const world = { now: Date.now, newId: randomUUID, random: Math.random, log };
  const handler = create(createRuntime("reportJob", process.env, world));
  const deadline = performance.now() + timeoutSecondsOf("reportJob") * SECOND_MS;
  return handler(
    event,
    invocationContext("reportJob", randomUUID(), () => deadline - performance.now()),
  );
};

const databaseOf = async (dataDir: string, elsewhere: string | undefined) =>
  elsewhere === undefined
    ? openData(dataDir)
    : { endpoint: elsewhere, tableName: undefined, close: async () => undefined };
