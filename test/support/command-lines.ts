import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { DEEP } from "./deep.ts";
import { COMPILED } from "./run-shared.ts";

const BIN = join(import.meta.dirname, "../../tools/cli/license-server.mjs");

export type CliRequest = { args: readonly string[]; env: Record<string, string | undefined>; cwd: string };
export type CliRun = { code: number | null; stdout: string; stderr: string };

/** Runs a command line with the real binary, in a process of its own. */
export const runBinary = async ({ args, env, cwd }: CliRequest): Promise<CliRun> => {
  const child = spawn(process.execPath, [BIN, ...args], { cwd, env: { ...env, ...COMPILED } });
  const ran = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      ran[name] += text;
    });
  child.stdin.end();
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...ran };
};

export type CommandLines = { run(request: CliRequest): Promise<CliRun>; stop(): Promise<void> };

/**
 * Runs many command lines in one other process, one after the other: to start a process costs more than most commands do.
 * With DEEP=1 each is run with the binary, as some are in every run.
 */
export const commandLines = (): CommandLines => {
  let child: ChildProcess | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const runNext = async (request: CliRequest): Promise<CliRun> => {
    child ??= fork(join(import.meta.dirname, "cli-runner.ts"), {
      execArgv: [],
      env: { ...request.env, ...COMPILED },
      // No terminal, as for the binary.
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    child.send(request);
    const [ran] = (await Promise.race([once(child, "message"), once(child, "exit")])) as [CliRun | number | null];
    if (ran === null || typeof ran === "number") throw new Error(`the process of command lines ended: ${ran}`);
    return ran;
  };
  return {
    run(request) {
      if (DEEP) return runBinary(request);
      const ran = last.then(() => runNext(request));
      last = ran.catch(() => undefined);
      return ran;
    },
    async stop() {
      if (child === undefined) return;
      const ended = once(child, "exit");
      child.kill();
      await ended;
    },
  };
};
