import type { Readable, Writable } from "node:stream";
import type { EpochMs } from "../../shared/contract/time.ts";

export type Input = Readable & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown };
export type Output = Writable & { isTTY?: boolean; columns?: number };

/** The parts of the process that commands use; a test passes its own. */
export type System = {
  env: NodeJS.ProcessEnv;
  stdin: Input;
  stdout: Output;
  stderr: Output;
  fetch: typeof fetch;
  now: () => EpochMs;
  sleep: (milliseconds: number) => Promise<void>;
};
