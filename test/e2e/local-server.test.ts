import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { commandLine } from "../../tools/local/command-line.ts";
import { openDataDir } from "../../tools/local/data-dir.ts";
import { listeningPorts } from "../support/listening.ts";
import { COMPILED } from "../support/run-shared.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const CLI = join(ROOT, "tools/cli/main.ts");
// As `npm start` starts it.
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: { start: string } };
const [, ...START] = scripts.start.split(" ").map((word) => (word.endsWith(".ts") ? join(ROOT, word) : word));
// Bundling is most of a start: one test has it done, the others take the run's bundles.
const READY = ["--import", new URL("../support/with-ready-bundles.ts", import.meta.url).href, ...START];
// A regression limit, far above the half second it takes by itself: here it starts beside every other test.
const READY_MS = 60_000;

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "local-server-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill("SIGTERM");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
  const engine = enginePid() ?? enginePid(dataDir());
  if (engine !== undefined && isRunning(engine)) process.kill(engine, "SIGKILL");
  rmSync(folder, { recursive: true });
});

type Ended = { code: number | null; stdout: string; stderr: string };
type Running = {
  child: ChildProcess;
  stdout: string;
  url: string;
  key: string;
  enginePid: number;
  ended: Promise<Ended>;
};

const spawnServer = (env: Record<string, string>, command: readonly string[] = READY) => {
  const child = spawn(process.execPath, command, {
    env: { PATH: process.env["PATH"], PORT: "0", DATA_DIR: folder, LOG_LEVEL: "error", ...COMPILED, ...env },
    cwd: folder,
  });
  children.push(child);
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  const ended = once(child, "close").then(([code]): Ended => ({ code, ...output }));
  return { child, output, ended };
};

// There as long as an engine has not been ended by its server.
const enginePid = (dir = folder): number | undefined => {
  const path = join(dir, "engine", "pid");
  return existsSync(path) ? Number(readFileSync(path, "utf8")) : undefined;
};

const startServer = async (env: Record<string, string> = {}, command = READY): Promise<Running> => {
  const { child, output, ended } = spawnServer(env, command);
  const { promise: ready, resolve: markReady } = Promise.withResolvers<void>();
  child.stdout.on("data", () => {
    if (/^ {4}key: .+$/m.test(output.stdout)) markReady();
  });
  const outcome = await Promise.race([ready, ended]);
  if (outcome !== undefined) throw new Error(`the server ended: ${output.stderr}`);
  return {
    child,
    stdout: output.stdout,
    url: /^mirrord license server at (\S+)$/m.exec(output.stdout)?.[1] ?? "",
    key: /^ {4}key: (\S+)$/m.exec(output.stdout)?.[1] ?? "",
    enginePid: enginePid(env["DATA_DIR"]) ?? Number.NaN,
    ended,
  };
};

/** The data folder of a server that is told of no other. */
const dataDir = (): string => join(folder, ".data");

/** Runs the command line where the server was started, without a word of where it is. */
const cli = async (...words: string[]): Promise<string> => {
  const env = { PATH: process.env["PATH"], HOME: folder, ...COMPILED };
  const command = promisify(execFile)(process.execPath, [CLI, ...words], { cwd: folder, env });
  return (await command).stdout;
};

// A process that has ended has no command line, even where nobody has reaped it yet.
const isRunning = (pid: number): boolean => commandLine(pid) !== "";

const call = ({ url, key }: Running, path: string, body?: unknown): Promise<Response> =>
  fetch(`${url}${path}`, {
    headers: { "x-license-key": key, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });

const sessionStart = (id: string) => ({
  session_id: id,
  instance_id: "operator-1",
  started_at: new Date().toISOString(),
  client: { id: "machine-1", hostname: "laptop", username: "ada", kubernetes_username: "ada@example.com" },
  target: { namespace: "default", kind: "deployment", name: "shop" },
});

/** What a process of another user gets that reads a file. */
const asAnotherUser = async (path: string): Promise<string> => {
  const script = `process.setgid(65534); process.setuid(65534);
    try { require("fs").readFileSync(process.argv[1]); console.log("read"); } catch (error) { console.log(error.code); }`;
  return (await promisify(execFile)(process.execPath, ["-e", script, path])).stdout.trim();
};

describe("the local server", () => {
  it("is ready in a moment, prints lines that work when pasted, is found by the command line, and ends cleanly with its engine", async () => {
    const from = performance.now();
    const server = await startServer({ DATA_DIR: dataDir(), BASE_PATH: "/prefix" }, START);
    const { status } = await call(server, "/health");
    expect(performance.now() - from).toBeLessThan(READY_MS);
    expect(status).toBe(200);

    const lines = server.stdout.split("\n").filter((line) => /^ {2}(export|curl) /.test(line));
    const script = lines.map((line) => line.replace("curl -sS", "curl -sS --fail")).join("\n");
    const { stdout } = await promisify(execFile)("sh", ["-euc", script], { cwd: folder });
    expect(lines).toHaveLength(9);
    expect(stdout).toContain('{"status":"ok"}');
    expect(stdout).toContain("-----BEGIN CERTIFICATE-----");
    expect(stdout).toContain('"duration_secs"');
    // An XLSX file is a ZIP archive.
    expect(readFileSync(join(folder, "report.xlsx")).subarray(0, 2).toString()).toBe("PK");
    expect(stdout).toContain("# TYPE mirrord_sessions_create_total counter");
    expect(server.stdout).toContain(`licenseServer: ${server.url}`);

    expect(await cli("status")).toMatch(/^license: +valid, /);
    expect(readFileSync(join(dataDir(), "server.json"), "utf8")).not.toContain(server.key);

    expect(isRunning(server.enginePid)).toBe(true);
    server.child.kill("SIGTERM");
    // No warning of what the spreadsheet took, either.
    expect(await server.ended).toMatchObject({ code: 0, stderr: "" });
    expect(isRunning(server.enginePid)).toBe(false);
    expect(existsSync(join(dataDir(), "server.json"))).toBe(false);
  });

  it("is found by the command line without options where its user chose its keys, and takes no other", async () => {
    // One that it made for itself on an earlier day, and that is not the one to use.
    mkdirSync(dataDir());
    writeFileSync(join(dataDir(), "license-key"), "made-before");
    const keys = { LICENSE_KEY: "chosen-by-its-user", LICENSE_KEY_PREVIOUS: "chosen-before" };
    const server = await startServer({ DATA_DIR: dataDir(), ...keys });
    expect(await cli("dashboard")).toContain(`${server.url}/dashboard#token=`);
    expect(readFileSync(join(dataDir(), "server.json"), "utf8")).not.toContain("chosen");
    for (const [key, status] of [
      ["chosen-by-its-user", 200],
      ["chosen-before", 200],
      ["made-before", 401],
    ] as const)
      expect((await call({ ...server, key }, "/api/v1/license")).status).toBe(status);
  });

  it("loses nothing acknowledged when it is killed, starts again on the same data, and says so when its engine dies", async () => {
    const first = await startServer();
    const ids = Array.from({ length: 20 }, (_, index) => `session-${index}`);
    const answers = await Promise.all(ids.map((id) => call(first, "/api/v1/sessions", sessionStart(id))));
    first.child.kill("SIGKILL");
    await first.ended;
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 201));

    const second = await startServer();
    expect(isRunning(first.enginePid)).toBe(false);
    expect(second.key).toBe(first.key);
    const list = (await (await call(second, "/api/v1/sessions")).json()) as { sessions: { id: string }[] };
    expect(list.sessions.map(({ id }) => id).sort()).toEqual([...ids].sort());

    process.kill(second.enginePid, "SIGKILL");
    expect(await second.ended).toMatchObject({ code: 1, stderr: "The database engine ended unexpectedly.\n" });
  });

  it.skipIf(process.platform !== "linux")(
    "opens its own port and that of the database's relay, and shows the table to nobody without its secret, and takes its engine with it when it is killed",
    async () => {
      const server = await startServer();
      const note = join(folder, "database.json");
      const { endpoint, credentials } = JSON.parse(readFileSync(note, "utf8"));
      const ports = [server.url, endpoint].map((url) => Number(new URL(url).port));
      const pids = [server.child.pid ?? 0, server.enginePid];
      expect(listeningPorts(pids).sort()).toEqual(ports.sort());
      expect(statSync(note).mode & 0o777).toBe(0o600);

      const unsigned = await fetch(endpoint, {
        method: "POST",
        headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.ListTables" },
        body: "{}",
      });
      expect([unsigned.status, unsigned.headers.get("access-control-allow-origin")]).toEqual([403, null]);
      expect(await unsigned.text()).not.toContain("TableNames");

      for (const pid of pids) expect(commandLine(pid)).not.toContain(credentials.secretAccessKey);
      if (process.getuid?.() === 0) expect(await asAnotherUser(note)).toBe("EACCES");

      server.child.kill("SIGKILL");
      await server.ended;
      const deadline = performance.now() + READY_MS;
      while (isRunning(server.enginePid) && performance.now() < deadline) await delay(20);
      expect(isRunning(server.enginePid)).toBe(false);
    },
  );

  it("refuses a data directory that another server is using", async () => {
    const taken = openDataDir(folder);
    const { code, stdout, stderr } = await spawnServer({}).ended;
    taken.release();
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^DATA_DIR: another local server uses .*\n$/);
  });

  it("takes no options, and starts nothing where it is given one", async () => {
    const { code, stdout, stderr } = await spawnServer({}, [...START, "--port=9000"]).ended;
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toBe(
      'Unknown option "--port=9000": npm start has no options. Environment variables configure it: see docs/local.md.\n',
    );
    expect(existsSync(join(folder, "engine"))).toBe(false);
  });

  it("says in one line that its port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const { code, stdout, stderr } = await spawnServer({ PORT: String(port) }).ended;
    other.close();
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toBe(`PORT: ${port} is in use on 127.0.0.1. Choose another port, or 0 for any free one.\n`);
  });

  it("tells everything that is wrong with its environment at once", async () => {
    const license = join(folder, "license.pem");
    writeFileSync(license, "no license");
    const { code, stdout, stderr } = await spawnServer({ PORT: "x", LICENSE_PATH: license, LOG_LEVEL: "loud" }).ended;
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr.trimEnd().split("\n")).toEqual([
      'PORT must be a whole number from 0 to 65535, not "x"',
      expect.stringMatching(/^LICENSE_PATH: .* is not a license: /),
      "LOG_LEVEL must be debug, info, warn or error",
    ]);
  });
});
