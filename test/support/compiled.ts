import { tmpdir } from "node:os";
import { join } from "node:path";

/** For the environment of a process that runs the project's TypeScript: what one has compiled, the next need not. */
export const COMPILED = { NODE_COMPILE_CACHE: join(tmpdir(), "license-server-compiled") };
