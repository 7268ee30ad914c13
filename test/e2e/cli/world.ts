import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable, Writable } from "node:stream";
import { afterAll, beforeAll, expect } from "vitest";
import { type EpochMs, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { run as runInProcess } from "../../../tools/cli/run.ts";
import { type LocalServer, startLocalServer } from "../../../tools/local/server.ts";
import { readSettings } from "../../../tools/local/settings.ts";
import { type CliRun, commandLines, runBinary as startBinary } from "../../support/command-lines.ts";
import { bundleHandlers } from "../../support/ready-bundles.ts";
import { COMPILED } from "../../support/run-shared.ts";
import { clientOf, endedEvent, heartbeatBody, type Json, licenseBody, startBody, TARGET } from "../../support/wire.ts";

const ROOT = resolve(import.meta.dirname, "../../..");

type Run = (args: readonly string[], options?: { env?: Record<string, string> }) => Promise<Ran>;
export type Ran = CliRun;

/** A local server with a little history, and the real binary beside it, in a folder and a home of its own. */
export type World = {
  readonly folder: string;
  readonly dataDir: string;
  readonly server: LocalServer;
  /**
   * Runs a command line in this process; `env` comes on top of what names the server and its key. Not for commands that
   * open the data folder: they would find the environment of this process's handlers.
   */
  run: Run;
  /** The same in another process, which has nothing of this one's environment. */
  runApart: Run;
  /** The same with the real binary, in a process of its own. */
  runBinary: Run;
  /** Runs what follows each `$` and compares what it prints, ids and times aside. */
  plays(transcript: string, env?: Record<string, string>, run?: Run): Promise<void>;
  call(method: string, path: string, body?: Json): Promise<Response>;
};

/** For a whole test file. */
export const cliWorld = (): World => {
  const folder = mkdtempSync(join(tmpdir(), "license-server-cli-"));
  const dataDir = join(folder, "data");
  let server: LocalServer;
  beforeAll(async () => {
    const reading = readSettings({ PORT: "0", DATA_DIR: dataDir, LOG_LEVEL: "error" });
    if (!reading.ok) throw new Error(reading.problems.join("\n"));
    // Jobs are not what this is about: their timer never goes off.
    const after = () => ({ cancel: () => undefined });
    server = await startLocalServer({ settings: reading.settings, after, bundle: bundleHandlers });
    await fill(call, Date.now());
    // Files are named from here, as for the binary.
    process.chdir(folder);
  });
  afterAll(async () => {
    process.chdir(ROOT);
    await apart.stop();
    await server.close();
    rmSync(folder, { recursive: true });
  });

  const call: World["call"] = (method, path, body) =>
    fetch(`${server.url}${path}`, {
      method,
      headers: { "x-license-key": server.licenseKey, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  const environment = (env: Record<string, string>) => ({
    PATH: process.env["PATH"],
    HOME: folder,
    USER: "tester",
    ...COMPILED,
    LICENSE_SERVER_URL: server.url,
    LICENSE_SERVER_KEY: server.licenseKey,
    ...env,
  });

  const run: Run = async (args, { env = {} } = {}) => {
    const [stdout, stderr] = [collector(), collector()];
    const system = { stdin: Readable.from([]), stdout: stdout.stream, stderr: stderr.stream, fetch, now: Date.now };
    const sleep = async () => undefined;
    const code = await runInProcess(args, { ...system, sleep, env: environment(env) });
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  };

  const runBinary: Run = (args, { env = {} } = {}) => startBinary({ args, cwd: folder, env: environment(env) });
  const apart = commandLines();
  const runApart: Run = (args, { env = {} } = {}) => apart.run({ args, cwd: folder, env: environment(env) });

  return {
    folder,
    dataDir,
    get server() {
      return server;
    },
    run,
    call,
    runApart,
    runBinary,
    plays: async (transcript, env = {}, by = run) => {
      const expected = dedented(transcript);
      const played: string[] = [];
      for (const line of expected.split("\n").filter((each) => each.startsWith("$ ")))
        played.push(line, ...told(await by(wordsOf(line.slice("$ license-server ".length)), { env }), server));
      expect(played.join("\n")).toBe(expected.replace(/\n+(?=\$ |$)/g, "\n").trim());
    },
  };
};

/** Three live sessions of two people and of CI, an hour and a half old, and one of each that is over. */
const fill = async (call: World["call"], now: EpochMs): Promise<void> => {
  const operator = { instance_id: "op-1", operator_version: "3.130.0", cluster_name: "staging" };
  const begun = now - 90 * MINUTE_MS;
  const ports = [{ port: 80, kind: "steal" }];
  const starts = [
    startBody(begun, { session_id: "s-1", client: clientOf("ana"), locked_ports: ports }),
    startBody(begun, { session_id: "s-2", client: clientOf("ben"), target: { ...TARGET, namespace: "cart" } }),
    startBody(begun, { session_id: "s-3", client: clientOf("runner"), ci: true }),
  ];
  const ends = ["ana", "ben"].map((user) =>
    endedEvent(now - HOUR_MS, `e-${user}`, {
      start: startBody(now - 2 * HOUR_MS, { session_id: `e-${user}`, client: clientOf(user) }),
    }),
  );
  const answers = [
    await call("POST", "/api/v1/license", licenseBody(operator)),
    ...(await Promise.all(starts.map((start) => call("POST", "/api/v1/sessions", start)))),
    await call(
      "POST",
      "/api/v1/heartbeat",
      heartbeatBody(now, { ...operator, sessions: ["s-1", "s-2", "s-3"], ended: ends }),
    ),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 201, 201, 201, 200]);
};

const collector = (): { stream: Writable; text: () => string } => {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString("utf8") };
};

const dedented = (text: string): string => {
  const lines = text.replace(/^\n+|\s+$/g, "").split("\n");
  const margin = Math.min(...lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/)));
  return lines.map((line) => line.slice(margin)).join("\n");
};

const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");

/** What was printed, standard error after standard output and marked `!`; then the exit status where it is not 0. */
const told = ({ code, stdout, stderr }: Ran, { url, licenseKey }: LocalServer): string[] => {
  for (const text of [stdout, stderr]) expect(text).not.toContain(licenseKey);
  const plain = (text: string) =>
    text
      .trimEnd()
      .replaceAll(url, "<url>")
      .replace(/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, "<time>")
      .replace(/(?<!")\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<rfc3339>")
      .replace(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"<time>"')
      .replace(/\b\d{4}-\d\d-\d\d\b/g, "<day>")
      .replace(/eyJ[\w.-]+/g, "<token>")
      .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "<uuid>")
      .replace(/(?<![\w+/-])[\w+/-]{43}(?![\w+/-])/g, "<hash>")
      // As old as it was made, and as long as the tests have run since.
      .replace(/\b1h 3\dm( \d+s)?/g, "1h 30m")
      .replace(/\b\d+s ago/g, "<n>s ago")
      .replace(/\b\d+\.\d\d(?![\d.])/g, "<rate>")
      .replace(/\b\d+ ms\b/g, "<n> ms")
      .split("\n")
      // The columns' width goes with what is normalised.
      .map((line) => line.replace(/(?<=\S) {2,}/g, "  "));
  return [
    ...(stdout === "" ? [] : plain(stdout)),
    ...(stderr === "" ? [] : plain(stderr).map((line) => `! ${line}`)),
    ...(code === 0 ? [] : [`[exit ${code}]`]),
  ];
};
