import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { BUNDLING, HOT_FUNCTIONS, type HotFunction } from "../../../shared/contract/bundling.ts";
import type { createRuntime, Runtime } from "../../../shared/http/runtime.ts";
import type { LambdaHandler } from "../../local/bundle.ts";
import { applyHandlerEnv } from "../../local/handler-env.ts";
import type { World } from "../cold-start/world.ts";

/** What is in the one bundle: how a hot function is put together, and what from. */
type Bundled = { createRuntime: typeof createRuntime } & Record<HotFunction, (runtime: Runtime) => LambdaHandler>;

const ROOT = resolve(import.meta.dirname, "../../..");

/** The hot functions over another table and clock than their own, otherwise bundled as they are deployed. */
export const hotHandlers = async (
  { folder, withFiles }: World,
  outside: NonNullable<Parameters<typeof createRuntime>[2]>,
): Promise<Record<HotFunction, LambdaHandler>> => {
  const outfile = join(folder, "hot.cjs");
  await build({ ...BUNDLING, stdin: { contents: ENTRY, resolveDir: ROOT }, bundle: true, outfile, logLevel: "silent" });
  // A bundled handler reads the environment as it loads; those made here are given it.
  const restore = applyHandlerEnv({
    contract: withFiles,
    database: { endpoint: withFiles["DYNAMODB_ENDPOINT"] ?? "" },
  });
  try {
    const bundled = createRequire(import.meta.url)(outfile) as Bundled;
    const create = (name: HotFunction) => bundled[name](bundled.createRuntime(name, withFiles, outside));
    return { license: create("license"), heartbeat: create("heartbeat"), sessions: create("sessions") };
  } finally {
    restore();
  }
};

const ENTRY = [
  ...HOT_FUNCTIONS.map((name) => `export { create as ${name} } from "./functions/${name}/handler.ts";`),
  'export { createRuntime } from "./shared/http/runtime.ts";',
].join("\n");
