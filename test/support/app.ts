import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { create as createAdmin } from "../../functions/admin/handler.ts";
import { create as createDashboard } from "../../functions/dashboard/handler.ts";
import { create as createDayClose } from "../../functions/dayClose/handler.ts";
import { create as createEvents } from "../../functions/events/handler.ts";
import { create as createFallback } from "../../functions/fallback/handler.ts";
import { create as createHeartbeat } from "../../functions/heartbeat/handler.ts";
import { create as createLicense } from "../../functions/license/handler.ts";
import { create as createMetrics } from "../../functions/metrics/handler.ts";
import { create as createPolicies } from "../../functions/policies/handler.ts";
import { create as createPublic } from "../../functions/public/handler.ts";
import { create as createReaper } from "../../functions/reaper/handler.ts";
import { create as createReportJob } from "../../functions/reportJob/handler.ts";
import { create as createReports } from "../../functions/reports/handler.ts";
import { create as createSeatJob } from "../../functions/seatJob/handler.ts";
import { create as createSessions } from "../../functions/sessions/handler.ts";
import { create as createToken } from "../../functions/token/handler.ts";
import { create as createWatch } from "../../functions/watch/handler.ts";
import { FUNCTIONS, type FunctionName, type JobName, timeoutSecondsOf } from "../../shared/contract/functions.ts";
import { parseEnv } from "../../shared/contract/parse-env.ts";
import type { Scope } from "../../shared/contract/scopes.ts";
import { HOUR_MS } from "../../shared/contract/time.ts";
import type { ServerEvent } from "../../shared/events/schemas.ts";
import { createRuntime } from "../../shared/http/runtime.ts";
import { signAccessToken } from "../../shared/licensing/access-token.ts";
import type { SigningKeys } from "../../shared/licensing/signing-keys.ts";
import type { TokenFunctionAnswer } from "../../shared/licensing/token-function.ts";
import type { TokenAnswer } from "../../shared/licensing/token-request.ts";
import type { Notification, Notify } from "../../shared/notices/notifier.ts";
import { type Consumed, createTable } from "../../shared/store/dynamodb.ts";
import { openReportStore } from "../../shared/store/open-report-store.ts";
import type { ReportStore } from "../../shared/store/report-store.ts";
import type { Table } from "../../shared/store/table.ts";
import { createLogger } from "../../shared/telemetry/logger.ts";
import { invocationContext } from "../../tools/local/context.ts";
import { routeTarget } from "../../tools/local/route-key.ts";
import { createTestTable } from "./engine.ts";
import { withinKeys } from "./keyed-table.ts";
import { START, testLicense, type Validity } from "./license.ts";

export const LICENSE_KEY = "a-license-key-for-tests-0123456789";
export { START } from "./license.ts";

export type Answer = {
  status: number;
  headers: Record<string, string>;
  text: string;
  bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what the test asserts
  json: any;
};

export type CallOptions = {
  body?: unknown;
  raw?: string;
  key?: string | undefined;
  bearer?: string;
  headers?: Record<string, string>;
};

export type App = {
  /** The server's clock; tests move it. */
  clock: { now: number };
  table: Table;
  client: DynamoDBDocumentClient;
  tableName: string;
  logs: Record<string, unknown>[];
  /** The same as they were written. */
  lines: string[];
  consumed: Consumed[];
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Hands an event to the function of its route, as whatever front made it. */
  deliver(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2>;
  /** Invokes the function of access tokens. */
  invokeToken(request: unknown): Promise<TokenFunctionAnswer>;
  /** Asks it for a token to be made. */
  askForToken(request: unknown): Promise<TokenAnswer>;
  /** An access token with these scopes, good for an hour, that leaves no trace in the table. */
  accessToken(scopes: readonly Scope[], subject?: string): Promise<string>;
  /** The keys of access tokens. */
  accessKeys: SigningKeys;
  /** Runs a job, with all of its time before it, and gives what it did. */
  invoke(name: JobName, event?: unknown): Promise<unknown>;
  /** Runs the job that keeps seats in a deployment with these settings. */
  keepSeats(settings: Record<string, string>): Promise<unknown>;
  /** Gives the function of events records of the table's stream. */
  invokeEvents(records: unknown[]): Promise<ServerEvent[]>;
  /** The folder that stands in for the report bucket. */
  reportDir: string;
  /** What people have been told. */
  notifications: Notification[];
  setLicense(terms: Record<string, unknown>, validity?: Validity): Promise<string>;
  setLicenseText(pem: string | undefined): Promise<void>;
  close(): Promise<void>;
};

export type AppOptions = {
  terms?: Record<string, unknown>;
  env?: Record<string, string>;
  /**
   * Stands between the functions and the table: where faults are put in. Called for each function, and without a name for
   * the table that the test itself gets.
   */
  around?: (table: Table, functionName?: FunctionName) => Table;
  /** The same for the reports that are kept, and for telling people. */
  aroundReports?: (reports: ReportStore) => ReportStore;
  aroundNotify?: (notify: Notify) => Notify;
};

/** All functions over one fresh table of the real engine, with a clock that stands until it is moved. */
export const createApp = async (options: AppOptions = {}): Promise<App> => {
  const testTable = await createTestTable();
  const folder = await mkdtemp(join(tmpdir(), "license-server-test-"));
  const clock = { now: START };
  const logs: Record<string, unknown>[] = [];
  const lines: string[] = [];
  const consumed: Consumed[] = [];
  const now = () => clock.now;
  const pace = { now, random: Math.random, sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };
  const { client, tableName } = testTable;
  const real = createTable({ client, tableName, pace, onConsumed: (one) => consumed.push(one) });
  const tableOf = (name?: FunctionName) => {
    const around = options.around?.(real, name) ?? real;
    return name === undefined ? around : withinKeys(around, name);
  };
  const table = tableOf();
  const log = createLogger(
    "debug",
    (line) => lines.push(line) && logs.push(JSON.parse(line)),
    now,
    {},
    { deployment: options.env?.["DEPLOYMENT"], hourly: options.env?.["METRICS_HOURLY"] === "true" },
  );
  const env = {
    TABLE_NAME: tableName,
    LICENSE_PATH: join(folder, "license.pem"),
    LICENSE_KEY,
    LEASE_SIGNING_PATH: join(folder, "lease-signing.json"),
    ACCESS_SIGNING_PATH: join(folder, "access-signing.json"),
    REPORT_DIR: join(folder, "reports"),
    REPORT_DIR_URL: "http://localhost/_reports",
    TOKEN_ISSUER: "https://license.example.com",
    ...options.env,
  };
  for (const path of [env.LEASE_SIGNING_PATH, env.ACCESS_SIGNING_PATH])
    await writeFile(path, JSON.stringify({ seed: randomUUID() + randomUUID() }));
  const setLicenseText = async (pem: string | undefined) => {
    if (pem === undefined) await rm(env.LICENSE_PATH, { force: true });
    else await writeFile(env.LICENSE_PATH, pem);
  };
  const setLicense: App["setLicense"] = async (terms, validity) => {
    const pem = await testLicense(terms, validity);
    await setLicenseText(pem);
    return pem;
  };
  await setLicenseText(await firstLicense(options.terms ?? {}));
  const runtime = (name: FunctionName) =>
    createRuntime(name, env, { ...pace, newId: randomUUID, table: tableOf(name), log });
  const folderOfReports = openReportStore(parseEnv(env, FUNCTIONS.reports));
  const reports = options.aroundReports?.(folderOfReports) ?? folderOfReports;
  const notifications: Notification[] = [];
  const told: Notify = async (notification) => void notifications.push(notification);
  const notify = options.aroundNotify?.(told) ?? told;
  const handlers = {
    public: createPublic(runtime("public")),
    license: createLicense(runtime("license")),
    heartbeat: createHeartbeat(runtime("heartbeat")),
    sessions: createSessions(runtime("sessions")),
    admin: createAdmin(runtime("admin")),
    policies: createPolicies(runtime("policies"), reports),
    reports: createReports(runtime("reports"), reports),
    metrics: createMetrics(runtime("metrics")),
    dashboard: createDashboard(runtime("dashboard")),
    fallback: createFallback(runtime("fallback")),
  };
  const jobs = {
    reaper: createReaper(runtime("reaper")),
    seatJob: createSeatJob(runtime("seatJob")),
    watch: createWatch(runtime("watch"), notify),
    dayClose: createDayClose(runtime("dayClose")),
    reportJob: createReportJob(runtime("reportJob"), { reports, notify }),
  };
  const events = createEvents(runtime("events"));
  const tokenRuntime = runtime("token");
  const token = createToken(tokenRuntime);
  const invokeToken: App["invokeToken"] = (request) =>
    token(
      request,
      invocationContext("token", randomUUID(), () => timeoutSecondsOf("token") * 1_000),
    );
  const askForToken: App["askForToken"] = async (request) => {
    const answer = await invokeToken(request);
    if (answer.ok && !("token" in answer)) throw new Error("no request for a token");
    return answer;
  };
  const deliver: App["deliver"] = (event) => {
    const { function: name } = routeTarget(event.requestContext.http.method, event.rawPath);
    return handlers[name as keyof typeof handlers](event, {} as Context);
  };
  return {
    clock,
    table,
    client,
    tableName,
    logs,
    lines,
    consumed,
    deliver,
    setLicense,
    setLicenseText,
    invokeToken,
    askForToken,
    accessKeys: tokenRuntime.accessKeys,
    async accessToken(scopes, subject = "tester") {
      const { signer } = await tokenRuntime.accessKeys();
      const validity = { issuer: env.TOKEN_ISSUER, now: now(), expiresAt: now() + HOUR_MS };
      return signAccessToken({ tokenId: randomUUID(), subject, scopes }, validity, signer);
    },
    async call(method, path, callOptions = {}) {
      const event = toEvent(method, path, callOptions, now());
      const result = await deliver(event);
      return toAnswer(result);
    },
    keepSeats(settings) {
      const world = { ...pace, newId: randomUUID, table: tableOf("seatJob"), log };
      const endsAt = now() + timeoutSecondsOf("seatJob") * 1_000;
      return createSeatJob(createRuntime("seatJob", { ...env, ...settings }, world))(
        {},
        invocationContext("seatJob", randomUUID(), () => endsAt - now()),
      );
    },
    invokeEvents: (records) =>
      events(
        records,
        invocationContext("events", randomUUID(), () => timeoutSecondsOf("events") * 1_000),
      ),
    reportDir: env.REPORT_DIR,
    notifications,
    invoke(name, event = {}) {
      const endsAt = now() + timeoutSecondsOf(name) * 1_000;
      return jobs[name](
        event,
        invocationContext(name, randomUUID(), () => endsAt - now()),
      );
    },
    async close() {
      await testTable.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

// Most tests begin with one of a few licenses, and no two servers of different tests meet: each is made once.
const firstLicenses = new Map<string, Promise<string>>();
const firstLicense = (terms: Record<string, unknown>): Promise<string> => {
  const key = JSON.stringify(terms);
  const known = firstLicenses.get(key) ?? testLicense(terms);
  firstLicenses.set(key, known);
  return known;
};

/** What API Gateway makes of a function's result. */
export const toAnswer = (result: APIGatewayProxyStructuredResultV2): Answer => {
  const bytes = Buffer.from(result.body ?? "", result.isBase64Encoded ? "base64" : "utf8");
  const headers = Object.fromEntries(Object.entries(result.headers ?? {}).map(([name, value]) => [name, `${value}`]));
  const isJson = /json/.test(headers["content-type"] ?? "") && headers["content-encoding"] === undefined;
  const text = bytes.toString("utf8");
  return {
    status: result.statusCode ?? 0,
    headers,
    bytes,
    text,
    json: isJson && text !== "" ? JSON.parse(text) : undefined,
  };
};

/** What API Gateway makes of a request. */
export const toEvent = (method: string, path: string, options: CallOptions, now: number): APIGatewayProxyEventV2 => {
  const mark = path.indexOf("?");
  const [rawPath, rawQueryString] = mark === -1 ? [path, ""] : [path.slice(0, mark), path.slice(mark + 1)];
  const body = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  const key = "key" in options ? options.key : options.bearer === undefined ? LICENSE_KEY : undefined;
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: decodeURIComponent(rawPath),
    rawQueryString,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(key === undefined ? {} : { "x-license-key": key }),
      ...(options.bearer === undefined ? {} : { authorization: `Bearer ${options.bearer}` }),
      ...options.headers,
    },
    requestContext: {
      accountId: "000000000000",
      apiId: "test",
      domainName: "test",
      domainPrefix: "test",
      http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "test" },
      requestId: randomUUID(),
      routeKey: "$default",
      stage: "$default",
      time: new Date(now).toUTCString(),
      timeEpoch: now,
    },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: false,
  };
};
