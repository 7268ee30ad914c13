import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import type { Context } from "aws-lambda";
import { build, type Metafile } from "esbuild";
import { BUNDLES_PACKAGE, BUNDLING, LATE_CHUNKS } from "../../shared/contract/bundling.ts";
import { FUNCTIONS, type FunctionName } from "../../shared/contract/functions.ts";
import { writeDocuments } from "../documents/write.ts";

export type Bundle = { file: string; bytes: number };
export type Bundles = Record<FunctionName, Bundle>;
/** The event is one of API Gateway, or any value for a job. */
export type LambdaHandler = (event: unknown, context: Context) => Promise<unknown>;
export type Handlers = Record<FunctionName, LambdaHandler>;

const NAMES = Object.keys(FUNCTIONS) as FunctionName[];
const ROOT = resolve(import.meta.dirname, "../..");
const FUNCTIONS_DIR = join(ROOT, "functions");
const MODULES_DIR = join(ROOT, "node_modules");

/**
 * Bundles every function's handler as the deploy does, with the AWS SDK, into a new folder under `intoDir`, whose old content
 * is deleted. The folder is new each time, because Node keeps a loaded module under its path.
 */
export const bundleHandlers = async (intoDir: string, functionsDir = FUNCTIONS_DIR): Promise<Bundles> => {
  const outdir = emptyFolder(intoDir);
  await buildBundles(outdir, functionsDir);
  return runnableBundles(outdir);
};

/** A new folder for bundles under `intoDir`, whose earlier content goes. */
export const emptyFolder = (intoDir: string): string => {
  rmSync(intoDir, { recursive: true, force: true });
  mkdirSync(intoDir, { recursive: true });
  return mkdtempSync(join(intoDir, "bundle-"));
};

/** Bundles into an existing folder. Returns what esbuild notes about inputs and outputs. */
export const buildBundles = async (outdir: string, functionsDir = FUNCTIONS_DIR): Promise<Metafile> => {
  await writeDocuments();
  const { metafile } = await build({
    ...BUNDLING,
    mainFields: [...BUNDLING.mainFields],
    entryPoints: [
      ...NAMES.map((name) => ({ in: join(functionsDir, name, "handler.ts"), out: name })),
      ...LATE_CHUNKS.map(({ entry, file }) => ({ in: join(ROOT, entry), out: file })),
    ],
    bundle: true,
    metafile: true,
    outdir,
    // Node reads a .js file as the nearest package.json says.
    outExtension: { ".js": ".cjs" },
    logLevel: "silent",
  });
  writeFileSync(join(outdir, "package.json"), JSON.stringify(BUNDLES_PACKAGE));
  return metafile;
};

/** The bundles in a folder. Links the packages there that the bundles leave to the runtime, wherever the folder is. */
export const runnableBundles = (outdir: string): Bundles => {
  symlinkSync(MODULES_DIR, join(outdir, "node_modules"), "junction");
  return byName((name) => {
    const file = join(outdir, `${name}.cjs`);
    return { file, bytes: statSync(file).size };
  });
};

/** Loads bundled handlers into this process. They read the environment while they load. */
export const loadHandlers = (bundles: Bundles): Handlers => {
  const require = createRequire(import.meta.url);
  return byName((name) => (require(bundles[name].file) as { handler: LambdaHandler }).handler);
};

const byName = <Value>(make: (name: FunctionName) => Value): Record<FunctionName, Value> =>
  Object.fromEntries(NAMES.map((name) => [name, make(name)])) as Record<FunctionName, Value>;
