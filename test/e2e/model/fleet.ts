import { randomBytes } from "node:crypto";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { create as createHeartbeat } from "../../../functions/heartbeat/handler.ts";
import { create as createLicense } from "../../../functions/license/handler.ts";
import { create as createSessions } from "../../../functions/sessions/handler.ts";
import { matchRoute } from "../../../shared/contract/match-route.ts";
import { createRuntime, type Runtime } from "../../../shared/http/runtime.ts";
import { cached } from "../../../shared/licensing/cached.ts";
import type { LicenseFile } from "../../../shared/licensing/license-file.ts";
import { deriveKey } from "../../../shared/licensing/signing-keys.ts";
import type { Table } from "../../../shared/store/table.ts";
import { createLogger } from "../../../shared/telemetry/logger.ts";
import { type Gate, scheduledTable } from "../../support/scheduler.ts";

/** One warm copy of a function, as Lambda keeps them: with caches of its own, and one call at a time. */
export type Instance = {
  readonly runtime: Runtime;
  /** The license that the call in hand decides by. */
  license: LicenseFile | undefined;
  handle(method: string, path: string, body: unknown): Promise<Answer>;
};

export type Answer = {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what is checked
  json: any;
};

export type FunctionName = "license" | "heartbeat" | "sessions" | "reaper" | "seatJob";

export type FleetOptions = {
  table: Table;
  now: () => number;
  random: () => number;
  license: () => LicenseFile;
  /** What the deployment sets in the functions' environment. */
  env?: Readonly<Record<string, string>>;
  /** Told when a call has come to know its license: from there on it decides. */
  onLicense: (instance: Instance) => void;
  onSleep: () => void;
  onLog: (line: Record<string, unknown>) => void;
};

/** Lends the copies of the functions, warm ones first. One that is not given back is gone, as after a crash. */
export const createFleet = (options: FleetOptions) => {
  const idle = new Map<string, (Instance & { enter(gate: Gate): void })[]>();
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `id-${ids}`;
  };
  return {
    /** `env`: what this deployment sets for the function. */
    lend(name: FunctionName, gate: Gate, env: Env = {}): Instance {
      const instance = idle.get(keyOf(name, env))?.pop() ?? createInstance(name, newId, options, env);
      instance.enter(gate);
      return instance;
    },
    giveBack(name: FunctionName, instance: Instance, env: Env = {}): void {
      const key = keyOf(name, env);
      idle.set(key, [...(idle.get(key) ?? []), instance as Instance & { enter(gate: Gate): void }]);
    },
  };
};

type Env = Readonly<Record<string, string>>;
const keyOf = (name: FunctionName, env: Env): string => `${name} ${JSON.stringify(env)}`;

const LICENSE_KEY = "a-license-key-for-tests-0123456789";
const LEASE_KEY = deriveKey(randomBytes(48).toString("base64"), "lease");

const ENV = {
  TABLE_NAME: "unused",
  LICENSE_PATH: "unused",
  LICENSE_KEY,
  LEASE_SIGNING_PATH: "unused",
  ACCESS_SIGNING_PATH: "unused",
  TOKEN_ISSUER: "https://license.example.com",
};

const HANDLERS = { license: createLicense, heartbeat: createHeartbeat, sessions: createSessions };

const createInstance = (name: FunctionName, newId: () => string, options: FleetOptions, env: Env) => {
  const { now, random } = options;
  let gate: Gate | undefined;
  const currentGate = (): Gate => {
    if (gate === undefined) throw new Error("a function works that nobody called");
    return gate;
  };
  const table = scheduledTable(options.table, currentGate);
  const log = createLogger("error", (line) => options.onLog(JSON.parse(line)), now);
  // Its own pauses are of no length: what it retries before it has a pace of ours is retried at once.
  const base = createRuntime(name, { ...ENV, ...options.env, ...env }, { now, newId, random: () => 0, table, log });
  const source = cached(
    async () => options.license(),
    now,
    () => {},
  );
  const instance = {
    license: undefined as LicenseFile | undefined,
    runtime: overlaid(base, {
      pace: { now, random, sleep: () => currentGate().pass("sleep", async () => options.onSleep()) },
      leaseKeys: async () => ({ signer: LEASE_KEY, verifiers: [LEASE_KEY] }),
      license: async () => {
        const license = await source();
        instance.license = license;
        options.onLicense(instance);
        return { kind: "held", license };
      },
    }),
    enter(next: Gate): void {
      gate = next;
      instance.license = undefined;
    },
    async handle(method: string, path: string, body: unknown): Promise<Answer> {
      if (name === "reaper" || name === "seatJob") throw new Error(`${name} is not called by HTTP`);
      const handler = HANDLERS[name](instance.runtime);
      const result = await handler(eventOf(method, path, body), {} as Context);
      return answerOf(result);
    },
  };
  return instance;
};

const overlaid = (base: Runtime, over: Partial<Runtime>): Runtime =>
  new Proxy(base, {
    get: (target, name) => (name in over ? over[name as keyof Runtime] : target[name as keyof Runtime]),
  });

const answerOf = (result: APIGatewayProxyStructuredResultV2): Answer => ({
  status: result.statusCode ?? 0,
  json: JSON.parse(result.body ?? "null"),
});

const eventOf = (method: string, path: string, body: unknown): APIGatewayProxyEventV2 =>
  ({
    version: "2.0",
    rawPath: decodeURIComponent(path),
    rawQueryString: "",
    headers: { "content-type": "application/json", "x-license-key": LICENSE_KEY },
    requestContext: { http: { method, path, sourceIp: "127.0.0.1" }, requestId: "model" },
    body: JSON.stringify(body),
    isBase64Encoded: false,
  }) as unknown as APIGatewayProxyEventV2;

/** The function that serves a route. */
export const functionOf = (method: string, path: string): FunctionName => {
  const match = matchRoute(method, decodeURIComponent(path));
  if (!match.found) throw new Error(`no route ${method} ${path}`);
  return match.route.function as FunctionName;
};
