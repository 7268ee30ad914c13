import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** The folder in the run's temporary folder for what tests share. It goes with the run. */
export const RUN_SHARED = "shared";

/** For the environment of a process that runs the project's TypeScript: what one has compiled, the next need not. */
export const COMPILED = { TMPDIR: tmpdir(), NODE_COMPILE_CACHE: join(tmpdir(), RUN_SHARED, "compiled") };

const WAIT_MS = 20;

/**
 * The folder that `make` has filled: once in the run, by the worker that asks first, while others wait for it. If `make`
 * fails, all of them fail.
 */
export const madeOnce = async (name: string, make: (folder: string) => Promise<void>): Promise<string> => {
  const folder = join(tmpdir(), RUN_SHARED, name);
  const [done, failed] = [`${folder}.done`, `${folder}.failed`];
  if (isFirst(folder)) {
    try {
      await make(folder);
      writeFileSync(done, "");
    } catch (error) {
      writeFileSync(failed, "");
      throw error;
    }
  }
  while (!existsSync(done)) {
    if (existsSync(failed)) throw new Error(`another worker has failed to make ${name}`);
    await delay(WAIT_MS);
  }
  return folder;
};

const isFirst = (folder: string): boolean => {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
};
