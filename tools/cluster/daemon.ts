import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** A process that can be killed and started again with the same command. Its output goes to a file. */
export type Daemon = {
  readonly pid: number | undefined;
  /** Whether the process runs. */
  runs(): boolean;
  /** Starts it and waits until it is ready. Throws with the end of its output if it ends or is not ready within two minutes. */
  start(): Promise<void>;
  /** Sends the signal and waits for the end. Sends SIGKILL after 10 s. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** The end of its output. */
  output(): string;
};

export type DaemonOptions = {
  name: string;
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  logPath: string;
  ready(): Promise<boolean>;
  /** Starts it again so many milliseconds after it ended on its own, as a kubelet does. By default it stays ended. */
  restartMs?: number;
};

const READY_TIMEOUT_MS = 120_000;
const POLL_MS = 50;
const STOP_TIMEOUT_MS = 10_000;
const OUTPUT_CHARACTERS = 4_000;

/** A daemon that is not started yet. It ends with this process, whatever ends it. */
export const createDaemon = (options: DaemonOptions): Daemon => {
  let child: ChildProcess | undefined;
  let restart: NodeJS.Timeout | undefined;
  const runs = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null;
  const output = (): string =>
    existsSync(options.logPath) ? readFileSync(options.logPath, "utf8").slice(-OUTPUT_CHARACTERS) : "";
  return {
    get pid() {
      return child?.pid;
    },
    runs,
    output,
    start: async () => {
      const spawnChild = (): void => {
        const log = openSync(options.logPath, "a");
        // The kernel ends it when this process ends, even by SIGKILL.
        child = spawn("setpriv", ["--pdeathsig", "KILL", options.command, ...options.args], {
          env: options.env ?? process.env,
          stdio: ["ignore", log, log],
        });
        closeSync(log);
        const { restartMs } = options;
        if (restartMs === undefined) return;
        child.once("exit", () => {
          restart = setTimeout(spawnChild, restartMs);
        });
      };
      spawnChild();
      const deadline = performance.now() + READY_TIMEOUT_MS;
      while (!(await options.ready().catch(() => false))) {
        if ((!runs() && options.restartMs === undefined) || performance.now() > deadline) {
          child?.kill("SIGKILL");
          throw new Error(`${options.name} did not start. The end of its output:\n${output()}`);
        }
        await delay(POLL_MS);
      }
    },
    stop: async (signal = "SIGTERM") => {
      clearTimeout(restart);
      child?.removeAllListeners("exit");
      if (child === undefined || !runs()) return;
      const ended = once(child, "exit");
      child.kill(signal);
      const late = setTimeout(() => child?.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(late);
    },
  };
};

// Below the range that the kernel gives to outgoing connections, so that a daemon gets its port again after a restart.
const FIRST_PORT = 20_000;
const LAST_PORT = 31_999;

/** A free port of 127.0.0.1 that no outgoing connection takes. */
export const chooseFreePort = async (): Promise<number> => {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT + 1));
    if (await isFree(port)) return port;
  }
};

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
