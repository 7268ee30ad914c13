import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "aws-lambda";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { create as createHeartbeat } from "../../functions/heartbeat/handler.ts";
import { create as createLicense } from "../../functions/license/handler.ts";
import { create as createSessions } from "../../functions/sessions/handler.ts";
import { matchRoute } from "../../shared/contract/match-route.ts";
import { createRuntime } from "../../shared/http/runtime.ts";
import { deriveKey, type SigningKey } from "../../shared/licensing/signing-keys.ts";
import { createLogger } from "../../shared/telemetry/logger.ts";
import { toEvent } from "../../tools/local/event.ts";
import { routeTarget } from "../../tools/local/route-key.ts";
import { type Answer, type App, type AppOptions, createApp, LICENSE_KEY } from "./app.ts";
import { secretsIn } from "./secrets.ts";

/** The functions of a test, with what a test of the wire needs beyond calls. */
export type Server = App & {
  /** The key that signs this server's leases. */
  readonly leaseKey: SigningKey;
  /** The file the lease signing seed lies in. */
  readonly seedPath: string;
  /** The file the seed of the access tokens' key lies in. */
  readonly accessSeedPath: string;
  /** A request whose body is bytes, in the event that API Gateway makes of it; only to functions that take a body. */
  sendBytes(path: string, body: Uint8Array, options?: BytesOptions): Promise<Answer>;
};

export type BytesOptions = {
  headers?: Record<string, string>;
  /** How long the function has until it is killed. */
  remainingMs?: number;
};

/** A server of its own for every test. When it stops, no secret it has seen may stand in its log. */
export const serverPerTest = (options: AppOptions = {}): (() => Server) => {
  let started: Started | undefined;
  beforeEach(async () => {
    started = await start(options);
  });
  afterEach(() => started?.stop());
  return () => running(started);
};

/** One server for all tests of a file or of a `describe`: for tests that leave nothing behind. */
export const sharedServer = (options: AppOptions = {}): (() => Server) => {
  let started: Started | undefined;
  beforeAll(async () => {
    started = await start(options);
  });
  afterAll(() => started?.stop());
  return () => running(started);
};

type Started = { server: Server; stop: () => Promise<void> };

const running = (started: Started | undefined): Server => {
  if (started === undefined) throw new Error("the server runs inside tests only");
  return started.server;
};

const start = async (options: AppOptions): Promise<Started> => {
  const folder = await mkdtemp(join(tmpdir(), "license-server-wire-"));
  const seedPath = join(folder, "lease-signing.json");
  const env = {
    LICENSE_PATH: join(folder, "license.pem"),
    LEASE_SIGNING_PATH: seedPath,
    ACCESS_SIGNING_PATH: join(folder, "access-signing.json"),
    ...options.env,
  };
  const app = await createApp({ ...options, env });
  const seed = await seedIn(seedPath);
  const seeds = [seed, await seedIn(env.ACCESS_SIGNING_PATH)];
  const pems: string[] = [await readFile(env.LICENSE_PATH, "utf8")];
  const tokens: string[] = [];
  const server: Server = {
    ...app,
    leaseKey: deriveKey(seed, "lease"),
    seedPath,
    accessSeedPath: env.ACCESS_SIGNING_PATH,
    async call(method, path, callOptions = {}) {
      const answer = await app.call(method, path, callOptions);
      tokens.push(...[callOptions.key, callOptions.bearer, answer.json?.lease?.token].filter((token) => token));
      return answer;
    },
    async setLicense(terms, validity) {
      const pem = await app.setLicense(terms, validity);
      pems.push(pem);
      return pem;
    },
    async setLicenseText(pem) {
      pems.push(pem ?? "");
      await app.setLicenseText(pem);
    },
    sendBytes: bytesSender(app, env),
  };
  return {
    server,
    async stop() {
      await app.close();
      await rm(folder, { recursive: true });
      expect(secretsIn(app.logs, { keys: [LICENSE_KEY, ...seeds, ...tokens], pems })).toEqual([]);
    },
  };
};

const seedIn = async (path: string): Promise<string> =>
  (JSON.parse(await readFile(path, "utf8")) as { seed: string }).seed;

// `call` hands text over as it is; here the event is the local gateway's, which encodes what API Gateway encodes.
const bytesSender = (app: App, env: Record<string, string>): Server["sendBytes"] => {
  const now = () => app.clock.now;
  const log = createLogger("debug", (line) => app.logs.push(JSON.parse(line)), now);
  const source = { TABLE_NAME: app.tableName, LICENSE_KEY, TOKEN_ISSUER: "https://license.example.com", ...env };
  const world = { now, newId: randomUUID, random: Math.random, table: app.table, log };
  const handlers = {
    license: createLicense(createRuntime("license", source, world)),
    heartbeat: createHeartbeat(createRuntime("heartbeat", source, world)),
    sessions: createSessions(createRuntime("sessions", source, world)),
  };
  return async (path, body, { headers = {}, remainingMs = 29_000 } = {}) => {
    const match = matchRoute("POST", path);
    if (!match.found || !(match.route.function in handlers)) throw new Error(`no route at ${path} takes a body`);
    const request = {
      method: "POST",
      path,
      rawQuery: "",
      headers: Object.fromEntries(
        Object.entries({ "x-license-key": LICENSE_KEY, ...headers }).map(([name, value]) => [name, [value]]),
      ),
      body: Buffer.from(body),
      sourceIp: "127.0.0.1",
      secure: true,
      port: 443,
    };
    const event = toEvent(request, routeTarget("POST", path), { requestId: randomUUID(), nowMs: now() });
    const handler = handlers[match.route.function as keyof typeof handlers];
    const result = await handler(event, { getRemainingTimeInMillis: () => remainingMs } as Context);
    const text = result.body ?? "";
    return {
      status: result.statusCode ?? 0,
      headers: Object.fromEntries(Object.entries(result.headers ?? {}).map(([name, value]) => [name, `${value}`])),
      text,
      bytes: Buffer.from(text),
      json: JSON.parse(text),
    };
  };
};
