import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";

const STOP_TIMEOUT_MS = 3_000;

export type EngineProcess = {
  readonly child: ChildProcess;
  /** The last of what it printed, for an error message. */
  output(): string;
};

/** Starts the engine. It ends with this process; `detached` keeps it away from the terminal's Ctrl-C. */
export const spawnEngine = (
  binary: string,
  args: readonly string[],
  options: SpawnOptions,
  onSpawn?: (pid: number) => void,
): EngineProcess => {
  const child = spawn(binary, args, options);
  let text = "";
  const append = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-2_000);
  };
  child.stderr?.on("data", append);
  child.on("error", (error) => append(Buffer.from(error.message)));
  if (child.pid !== undefined) {
    onSpawn?.(child.pid);
    const killAtExit = () => child.kill();
    process.once("exit", killAtExit);
    child.once("exit", () => process.off("exit", killAtExit));
  }
  return { child, output: () => text.trim() };
};

/** Ends an engine: asked first, killed after three seconds. */
export const stopEngine = async (child: ChildProcess): Promise<void> => {
  if (!isRunning(child)) return;
  const ended = whenEnded(child);
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
};

export const isRunning = (child: ChildProcess): boolean =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null;

/** Settles once the engine has ended, for whatever reason. */
export const whenEnded = async (child: ChildProcess): Promise<void> => {
  if (isRunning(child)) await once(child, "exit");
};
