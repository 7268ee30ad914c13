import { randomUUID } from "node:crypto";
import { GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { FUNCTIONS, FunctionName, JobName } from "../../shared/contract/functions.ts";
import { TABLE } from "../../shared/contract/keys.ts";
import { matchRoute } from "../../shared/contract/match-route.ts";
import { FALLBACK_FUNCTION } from "../../shared/contract/routes.ts";
import { createRuntime } from "../../shared/http/runtime.ts";
import { createTable } from "../../shared/store/dynamodb.ts";
import { StoreUnavailable, type Table } from "../../shared/store/table.ts";
import { functionOf, onlyResource, resourcesOf, type Template } from "../infra/synth.ts";
import { type App, type CallOptions, createApp } from "./app.ts";
import { type Datum, emittedBy } from "./cloudwatch.ts";
import { faultyClient } from "./faults/sdk.ts";
import type { Json } from "./wire.ts";

/** How often the SDK tries a call (createClient): DynamoDB counts each of them as throttled. */
const SDK_ATTEMPTS = 5;
/** How often Lambda runs an event that nobody waits for (Lambda developer guide, "Asynchronous invocation"). */
const LAMBDA_ATTEMPTS = 3;
/** How long a slow table takes for a call. */
const SLOW_MS = 2_500;

export type TableFault =
  | "none"
  | "down"
  | "forbidden"
  | "slow"
  | "reads throttled"
  | "writes throttled"
  | "index reads throttled"
  | "index writes throttled"
  /** The index shows no session that has ended. */
  | "index behind";

export type DrillWorld = {
  app: App;
  /** What is wrong with the table from now on. */
  table: (fault: TableFault) => void;
  /** The function starts without its environment from now on. */
  breakEnvironment: (name: FunctionName) => void;
  /** Lambda has no room for the function from now on. */
  throttle: (name: FunctionName) => void;
  /** A request through API Gateway, with what AWS counts of it; gives the status that the caller sees. */
  call: (method: string, path: string, options?: CallOptions) => Promise<number>;
  /** A job's run as Lambda does it: tried again where it throws, and given to its dead-letter queue in the end. */
  run: (name: JobName, event?: unknown) => Promise<unknown>;
  /** Puts into the queue whose ARN the template has there. */
  putInto: (arn: unknown) => void;
  /** In the queue whose ARN the template has there, the oldest message is so old. */
  waits: (arn: unknown, seconds: number) => void;
  /** The pipe of events has failed at a batch. */
  pipeFails: () => void;
  /** Strangers send so many requests. */
  floods: (requests: number) => void;
  /** Somebody lists the access tokens. */
  listsTokens: () => Promise<void>;
  /** The subjects of the messages that people got. */
  subjects: () => string[];
  pass: (milliseconds: number) => void;
  beats: (instanceId: string, changes?: Json) => Promise<number>;
  data: () => Datum[];
};

/** A deployment: the real functions on a real table, and around them what AWS would count, by the names of the template. */
export const createDrillWorld = async (template: Template, terms: Record<string, unknown>): Promise<DrillWorld> => {
  const counted: Datum[] = [];
  let fault: TableFault = "none";
  const broken = new Set<FunctionName>();
  const throttled = new Set<FunctionName>();
  let throttledTable: Table | undefined;
  const around = (real: Table, name?: FunctionName): Table =>
    name === undefined
      ? real
      : faulty(
          real,
          () => fault,
          () => throttledTable ?? real,
          () => slow(),
        );
  const env = { DEPLOYMENT: "LicenseServer", REPORT_SCHEDULE: "monthly", SLOW_REQUEST_MS: "2000" };
  const app = await createApp({ terms, env, around });
  const slow = () => {
    app.clock.now += SLOW_MS;
  };
  const pace = { now: () => app.clock.now, random: Math.random, sleep: async () => undefined };
  const count = (namespace: string, metric: string, dimensions: Record<string, unknown>, value: number) =>
    void counted.push({ namespace, metric, dimensions, at: app.clock.now, value });
  const table = { TableName: environmentOf(template, "heartbeat")["TABLE_NAME"] };
  const client = faultyClient(app.client, (command) => {
    const ofIndex = fault.startsWith("index");
    const reads = command instanceof GetCommand || command instanceof QueryCommand;
    if (reads !== fault.endsWith("reads throttled")) return undefined;
    if (reads && ofIndex && !(command instanceof QueryCommand && command.input.IndexName !== undefined))
      return undefined;
    // What an index refuses is counted there alone (DynamoDB developer guide, "DynamoDB Metrics and dimensions").
    const where = ofIndex ? { ...table, GlobalSecondaryIndexName: TABLE.index.name } : table;
    count("AWS/DynamoDB", reads ? "ReadThrottleEvents" : "WriteThrottleEvents", where, SDK_ATTEMPTS);
    return "throttled";
  });
  throttledTable = createTable({ client, tableName: app.tableName, pace });

  const ofFunction = (name: FunctionName, metric: string, value: number) =>
    count("AWS/Lambda", metric, { FunctionName: { Ref: functionOf(template, name).id } }, value);
  const ofApi = (status: number): number => {
    const api = { ApiId: { Ref: onlyResource(template, "AWS::ApiGatewayV2::Api").id } };
    count("AWS/ApiGateway", "Count", api, 1);
    if (status >= 500) count("AWS/ApiGateway", "5xx", api, 1);
    return status;
  };
  const invoked = async <T>(name: FunctionName, work: () => Promise<T>): Promise<T> => {
    const startedAt = app.clock.now;
    ofFunction(name, "Invocations", 1);
    try {
      if (broken.has(name)) createRuntime(name, {});
      return await work();
    } catch (error) {
      ofFunction(name, "Errors", 1);
      throw error;
    } finally {
      ofFunction(name, "Duration", app.clock.now - startedAt);
    }
  };
  const ofQueue = (arn: unknown, metric: string, value: number) => {
    const [queue] = (arn as { "Fn::GetAtt": [string, string] })["Fn::GetAtt"];
    if (!resourcesOf(template, "AWS::SQS::Queue").some(([id]) => id === queue)) throw new Error(`no queue ${queue}`);
    count("AWS/SQS", metric, { QueueName: { "Fn::GetAtt": [queue, "QueueName"] } }, value);
  };
  const putInto = (arn: unknown) => ofQueue(arn, "ApproximateNumberOfMessagesVisible", 1);
  const run = async (name: JobName, event?: unknown): Promise<unknown> => {
    for (let attempt = 0; attempt < LAMBDA_ATTEMPTS; attempt += 1) {
      try {
        return await invoked(name, () => app.invoke(name, event));
      } catch {
        // Lambda tries again.
      }
    }
    putInto((functionOf(template, name).Properties["DeadLetterConfig"] as { TargetArn: unknown }).TargetArn);
    return undefined;
  };
  const call: DrillWorld["call"] = async (method, path, options) => {
    const match = matchRoute(method, decodeURIComponent(path.split("?")[0] ?? ""));
    const name = match.found ? match.route.function : FALLBACK_FUNCTION;
    if (throttled.has(name)) {
      ofFunction(name, "Throttles", 1);
      return ofApi(503);
    }
    const answer = await invoked(name, () => app.call(method, path, options)).catch(() => ({ status: 502 }));
    return ofApi(answer.status);
  };
  let seq = 0;
  return {
    app,
    table: (next) => {
      fault = next;
    },
    breakEnvironment: (name) => void broken.add(name),
    throttle: (name) => void throttled.add(name),
    call,
    putInto,
    pipeFails: () =>
      count(
        "AWS/EventBridge/Pipes",
        "ExecutionFailed",
        { PipeName: { Ref: onlyResource(template, "AWS::Pipes::Pipe").id } },
        1,
      ),
    floods: (requests) =>
      count(
        "AWS/ApiGateway",
        "Count",
        { ApiId: { Ref: onlyResource(template, "AWS::ApiGatewayV2::Api").id } },
        requests,
      ),
    listsTokens: async () => {
      await invoked("token", () => app.invokeToken({ list: {} }));
    },
    subjects: () => app.notifications.map(({ subject }) => subject),
    waits: (arn, seconds) => ofQueue(arn, "ApproximateAgeOfOldestMessage", seconds),
    run,
    pass: (milliseconds) => {
      app.clock.now += milliseconds;
    },
    beats: (instanceId, changes = {}) => {
      seq += 1;
      const sent_at = new Date(app.clock.now).toISOString();
      const body = { instance_id: instanceId, operator_version: "3.130.0", seq, sent_at, sessions: [], ...changes };
      return call("POST", "/api/v1/heartbeat", { body });
    },
    data: () => [...counted, ...app.logs.flatMap(emittedBy)],
  };
};

/** An id that no session has had. */
export const freshId = (): string => randomUUID();

const environmentOf = (template: Template, name: keyof typeof FUNCTIONS): Record<string, unknown> =>
  (functionOf(template, name).Properties["Environment"] as { Variables: Record<string, unknown> }).Variables;

const NOTHING: Record<string | symbol, unknown> = { query: [], queryPage: { items: [], next: undefined } };

const showsEnded = (request: unknown): boolean => {
  const { index, partition } = request as { index?: boolean; partition?: string };
  return index === true && partition?.startsWith("ENDED#") === true;
};

const faulty = (real: Table, fault: () => TableFault, throttled: () => Table, slow: () => void): Table =>
  new Proxy(real, {
    get(target, name) {
      const work = (table: Table) => Reflect.get(table, name) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        switch (fault()) {
          case "none":
            return work(target)(...args);
          case "down":
            throw new StoreUnavailable("down");
          case "forbidden":
            throw Object.assign(new Error("not authorized"), { name: "AccessDeniedException" });
          case "slow":
            slow();
            return work(target)(...args);
          case "index behind":
            return showsEnded(args[0]) ? NOTHING[name] : work(target)(...args);
          default:
            return work(throttled())(...args);
        }
      };
    },
  });
