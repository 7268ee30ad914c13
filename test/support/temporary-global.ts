import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RUN_SHARED } from "./run-shared.ts";

/**
 * Gives the run a temporary folder of its own, which the tests find as the system's. Each test removes what it makes in
 * it: the run fails if anything is left there but what the tests share.
 */
export default (): (() => void) => {
  const folder = mkdtempSync(join(tmpdir(), "license-server-tests-"));
  mkdirSync(join(folder, RUN_SHARED));
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = folder;
  return () => {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    const left = readdirSync(folder).filter((name) => name !== RUN_SHARED);
    rmSync(folder, { recursive: true });
    if (left.length > 0) throw new Error(`tests have left these in the temporary folder: ${left.sort().join(", ")}`);
  };
};
