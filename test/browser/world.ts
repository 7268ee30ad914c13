import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { SCOPES, type Scope } from "../../shared/contract/scopes.ts";

/** A local server under a path prefix, filled by the simulator and by the test's own operator. */
export type World = {
  /** The server's address, with its prefix. */
  url: string;
  /** The folder for pictures and logs. It is not removed. */
  folder: string;
  token: (scopes?: readonly Scope[]) => string;
  /** Calls the API with the license key. */
  call: <T>(method: string, path: string, body?: unknown) => Promise<{ status: number; json: T }>;
  stop: () => Promise<void>;
};

const ROOT = resolve(import.meta.dirname, "../..");
const LICENSE_KEY = "browser-checks-0123456789abcdef";
const START_LIMIT_MS = 60_000;

export const startWorld = async (folder: string): Promise<World> => {
  const data = mkdtempSync(join(tmpdir(), "license-server-browser-"));
  const env = { ...process.env, PORT: "0", BASE_PATH: "/prefix", DATA_DIR: data, LICENSE_KEY };
  const server = spawn(process.execPath, ["tools/local/main.ts"], { cwd: ROOT, env });
  server.stderr.pipe(createWriteStream(join(folder, "server.log")));
  const url = await announcedUrl(server);
  return {
    url,
    folder,
    token: (scopes = SCOPES) =>
      run("tools/token/main.ts", ["--data-dir", data, "--subject", "browser-checks", "--scopes", scopes.join(",")]),
    async call(method, path, body) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { "x-license-key": LICENSE_KEY, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, json: text === "" ? undefined : JSON.parse(text) };
    },
    async stop() {
      const ended = new Promise((done) => server.once("exit", done));
      if (server.kill()) await ended;
      rmSync(data, { recursive: true, force: true });
    },
  };
};

/** Adds the past month of 40 people. */
export const fillPast = (world: World): void => {
  run("tools/simulate/main.ts", ["--url", world.url, "--key", LICENSE_KEY, "--days", "30", "--seed", "dashboard"]);
};

export const INSTANCE = "op-browser-checks";
/** More than the demo license has seats for. */
const STARTS = 12;

/** Starts sessions of an operator that is passive: they run until the test stops them. Returns the ids of those that started. */
export const startSessions = async (world: World): Promise<string[]> => {
  const operator = { instance_id: INSTANCE, operator_version: "3.130.0", cluster_name: "checks" };
  await expectStatus(world.call("POST", "/api/v1/license", operator), [200]);
  const started: string[] = [];
  for (let index = 0; index < STARTS; index += 1) {
    const id = `CHECK${String(index).padStart(3, "0")}`;
    const status = await expectStatus(world.call("POST", "/api/v1/sessions", sessionStart(id, index)), [201, 403, 409]);
    if (status === 201) started.push(id);
  }
  const error = { timestamp: new Date().toISOString(), error: "agent pod in namespace shop did not become ready" };
  const beat = { ...operator, seq: 1, sent_at: new Date().toISOString(), sessions: started, errors: [error] };
  await expectStatus(world.call("POST", "/api/v1/heartbeat", beat), [200]);
  return started;
};

/**
 * Clusters with agents: one that sees its cluster and may do everything, and one that is heard but sees nothing. Again, it is a
 * sign of life of both.
 */
export const startAgents = async (world: World): Promise<void> => {
  await startAgent(world, { name: "production-eu", may: true, observedAt: new Date().toISOString() });
  await startAgent(world, { name: "staging-us", may: false, observedAt: null });
};

const startAgent = async (
  world: World,
  { name, may, observedAt }: { name: string; may: boolean; observedAt: string | null },
): Promise<void> => {
  const agent = {
    version: "0.3.0",
    process_id: `process-${name}`,
    enforces: may,
    applies_catalog: false,
    kills_previews: may,
    observed_at: observedAt,
  };
  const self = {
    instance_id: `cluster-${name}`,
    cluster_id: name,
    cluster_name: name,
    agent,
    ...(may ? { operator_version: "3.196.0" } : {}),
  };
  await expectStatus(world.call("POST", "/api/v1/license", self), [200]);
  const started = may ? [userSession(self.instance_id), preview(self.instance_id)] : [];
  const list = may ? { sessions: started.map(({ session_id }) => session_id), started } : {};
  const beat = { ...self, seq: Date.now(), sent_at: new Date().toISOString(), ...list };
  await expectStatus(world.call("POST", "/api/v1/heartbeat", beat), [200]);
};

const AGENTS_SINCE = new Date(Date.now() - 1_000).toISOString();

/** All seats are taken, so this user is denied one; the session runs. */
const userSession = (instance_id: string) => ({
  ...sessionStart("7cdee5d05570b248.c235aec2", 99),
  instance_id,
  started_at: AGENTS_SINCE,
  session_kind: "user",
  target: { namespace: "billing", kind: "Deployment", name: "ledger", container: "main" },
});

const preview = (instance_id: string) => ({
  session_id: "preview.5a1c2f0e-7a54-4a7e-9c4d-0d0c6b1f9f11",
  instance_id,
  started_at: AGENTS_SINCE,
  ci: true,
  session_kind: "preview",
  target: { namespace: "billing", kind: "Deployment", name: "ledger" },
});

const sessionStart = (id: string, index: number) => ({
  session_id: id,
  instance_id: INSTANCE,
  started_at: new Date(Date.now() - 1_000).toISOString(),
  client: {
    id: `client-${index}`,
    // Markup in a name must appear as text.
    hostname: index === 0 ? "laptop-0-img-src-x" : `laptop-${index}`,
    username: `user${index}`,
    name: index === 0 ? "<img src=x onerror=alert(1)>" : `User ${index}`,
    kubernetes_username: `user${index}@example.com`,
  },
  target: { namespace: "shop", kind: "deployment", name: "checkout", container: "main" },
  locked_ports: [{ port: 80, kind: "steal" }],
});

const expectStatus = async (call: Promise<{ status: number }>, good: readonly number[]): Promise<number> => {
  const { status } = await call;
  if (!good.includes(status)) throw new Error(`the server answered ${status}`);
  return status;
};

const run = (script: string, args: readonly string[]): string =>
  execFileSync(process.execPath, [script, ...args], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();

const announcedUrl = (server: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    const fail = () => reject(new Error("the local server did not start; see server.log"));
    const timer = setTimeout(fail, START_LIMIT_MS);
    server.once("exit", fail);
    let output = "";
    // Read all output: a full pipe would block the server.
    server.stdout?.on("data", (chunk) => {
      output += String(chunk);
      const url = /license server at (\S+)/.exec(output)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
  });
