import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { FUNCTIONS, type FunctionName, JOBS, type JobName, timeoutSecondsOf } from "../../shared/contract/functions.ts";
import { SECOND_MS } from "../../shared/contract/time.ts";
import { bundleHandlers, type Handlers, loadHandlers } from "./bundle.ts";
import { invocationContext } from "./context.ts";
import { type DataDir, openDataDir } from "./data-dir.ts";
import { type Database, openDatabase } from "./database.ts";
import { noteDatabase } from "./database-note.ts";
import { demoLicense } from "./demo-license.ts";
import { applyHandlerEnv } from "./handler-env.ts";
import { instructions } from "./instructions.ts";
import { baseUrl, listen } from "./listen.ts";
import { reportDir } from "./report-dir.ts";
import { REPORTS_PATH, reportFiles } from "./report-files.ts";
import { type After, startSchedule } from "./schedule.ts";
import { keptLicenseKey, keptSigningPath, LOCAL_ISSUER } from "./secrets.ts";
import { noteServer } from "./server-note.ts";
import type { Settings } from "./settings.ts";
import { StartError } from "./start-error.ts";

export type LocalServerOptions = {
  settings: Settings;
  /** The folder of the functions, if not this project's own. */
  functionsDir?: string;
  /** How the functions are bundled, if not anew. */
  bundle?: typeof bundleHandlers;
  onFailure?: (name: FunctionName, error: unknown) => void;
  /** The timer of the jobs, if not the real one. */
  after?: After;
};

export type LocalServer = {
  readonly url: string;
  readonly licenseKey: string;
  /** The text for the user. */
  readonly instructions: string;
  /** Resolves with the reason if the server cannot continue. Meaningless after `close` was called. */
  readonly failed: Promise<StartError>;
  /** Answers current requests, then stops, the engine included. */
  close(): Promise<void>;
};

const CLOSE_GRACE_MS = 10_000;

/**
 * Starts the functions behind a local API Gateway and with a local database. It sets this process's environment until it is
 * closed, so a process can have only one at a time. Throws a `StartError` for what the user can fix.
 */
export const startLocalServer = async (options: LocalServerOptions): Promise<LocalServer> => {
  const cleanups: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  try {
    return { ...(await start(options, (cleanup) => cleanups.push(cleanup))), close };
  } catch (error) {
    await close();
    throw error;
  }
};

const SEAT_RULES = ["SEATS_MODE", "SEATS_GRACE_MINUTES", "SEATS_IDLE_DAYS", "SEATS_RESERVATIONS"] as const;

type OnClose = (cleanup: () => void | Promise<void>) => void;
type Started = Omit<LocalServer, "close">;

const start = async (options: LocalServerOptions, onClose: OnClose): Promise<Started> => {
  const { settings, onFailure = logFailure } = options;
  const dataDir = openDataDir(settings.dataDir);
  onClose(() => dataDir.release());

  // The port comes first, so that a port in use is reported before anything else happens. Requests wait until the
  // functions are loaded.
  const handlers = Promise.withResolvers<Handlers>();
  handlers.promise.catch(() => undefined);
  const gateway = await listen({
    ...settings,
    invoke: async (name, event, context) => (await handlers.promise)[name](event, context),
    onFailure,
    serveFile: reportFiles(reportDir(dataDir.path), Date.now),
  });
  try {
    const prepared = await prepare(options, dataDir, baseUrl(settings, gateway.port), onClose);
    // Otherwise the first sessions would take their seats by the rules before.
    if (SEAT_RULES.some((name) => settings.passedOn[name] !== undefined))
      await putSeatRulesIntoForce(prepared.handlers, onFailure);
    handlers.resolve(prepared.handlers);
    const schedule = startSchedule({
      jobs: JOBS.map((name) => ({ name, everyMinutes: FUNCTIONS[name].schedule.everyMinutes })),
      run: (name) => runJob(prepared.handlers, name),
      onFailure,
      ...(options.after === undefined ? {} : { after: options.after }),
    });
    onClose(() => schedule.stop(CLOSE_GRACE_MS));
    onClose(() => gateway.close(CLOSE_GRACE_MS));
    return prepared.started;
  } catch (error) {
    handlers.reject(error);
    await gateway.close(0);
    throw error;
  }
};

const putSeatRulesIntoForce = async (
  handlers: Handlers,
  onFailure: NonNullable<LocalServerOptions["onFailure"]>,
): Promise<void> => {
  try {
    await runJob(handlers, "seatJob");
  } catch (error) {
    // Its schedule runs it again.
    onFailure("seatJob", error);
  }
};

const runJob = (handlers: Handlers, name: JobName): Promise<unknown> => {
  const deadline = performance.now() + timeoutSecondsOf(name) * SECOND_MS;
  const context = invocationContext(name, randomUUID(), () => deadline - performance.now());
  return handlers[name]({}, context);
};

/** Everything behind the gateway. */
const prepare = async (
  { settings, functionsDir, bundle = bundleHandlers }: LocalServerOptions,
  dataDir: DataDir,
  url: string,
  onClose: OnClose,
): Promise<{ handlers: Handlers; started: Started }> => {
  const [database, bundles, license] = await allOrNone(
    startedDatabase(settings, dataDir, onClose),
    bundle(join(dataDir.path, "bundles"), functionsDir),
    settings.license ?? demoLicense(dataDir.path, Date.now()),
  );
  const licenseKey = settings.licenseKey ?? keptLicenseKey(dataDir.path);
  const contract = {
    TOKEN_ISSUER: LOCAL_ISSUER,
    ...settings.passedOn,
    TABLE_NAME: settings.tableName,
    LICENSE_PATH: license.path,
    LICENSE_KEY: licenseKey,
    LEASE_SIGNING_PATH: keptSigningPath(dataDir.path, "lease"),
    ACCESS_SIGNING_PATH: keptSigningPath(dataDir.path, "access"),
    REPORT_DIR: reportDir(dataDir.path),
    REPORT_DIR_URL: `${url}${REPORTS_PATH}`,
  };
  onClose(applyHandlerEnv({ contract, database }));
  const handlers = loadHandlers(bundles);

  const { dynamodbEndpoint, tableName, tls } = settings;
  const facts = {
    url,
    license: license.file,
    demo: settings.license === undefined,
    licenseKey,
    keyChosen: settings.licenseKey !== undefined,
    tlsCertPath: tls?.certPath,
    data: dynamodbEndpoint === undefined ? dataDir.path : `${dynamodbEndpoint} (${tableName})`,
    dataDir: settings.dataDir,
    dashboard: settings.passedOn.DASHBOARD_ENABLED !== "false",
  };
  onClose(noteServer(dataDir.path, { url, keyChosen: facts.keyChosen }));
  const failed = database.ended.then(() => new StartError(["The database engine ended unexpectedly."]));
  return { handlers, started: { url, licenseKey, instructions: instructions(facts, Date.now()), failed } };
};

const startedDatabase = async (settings: Settings, dataDir: DataDir, onClose: OnClose): Promise<Database> => {
  const database = await openDatabase(settings.dynamodbEndpoint, settings.tableName, dataDir.path);
  onClose(() => database.stop());
  const { endpoint, credentials } = database;
  onClose(noteDatabase(dataDir.path, { endpoint, credentials, tableName: settings.tableName }));
  return database;
};

// Waits for all of them even if one fails, so that the others can be stopped.
const allOrNone = async <Values extends readonly unknown[]>(
  ...promises: Values
): Promise<{ [Key in keyof Values]: Awaited<Values[Key]> }> => {
  await Promise.allSettled(promises);
  return Promise.all(promises) as Promise<{ [Key in keyof Values]: Awaited<Values[Key]> }>;
};

const logFailure = (name: FunctionName, error: unknown): void => {
  console.error(`Function ${name} failed:`, error);
};
