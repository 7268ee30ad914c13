import type { Readable, Writable } from "node:stream";
import type { EpochMs } from "../../shared/contract/time.ts";

export type Input = Readable & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown };
export type Output = Writable & { isTTY?: boolean; columns?: number };

/** What of the process the commands touch; a test hands in its own. */
export type System = {
  env: NodeJS.ProcessEnv;
  stdin: Input;
  stdout: Output;
  stderr: Output;
  fetch: typeof fetch;
  now: () => EpochMs;
  sleep: (milliseconds: number) => Promise<void>;
};
