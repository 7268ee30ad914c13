import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { type Bundles, buildBundles, emptyFolder, runnableBundles } from "../../tools/local/bundle.ts";
import { madeOnce } from "./run-shared.ts";

const METAFILE = "metafile.json";

/** The functions' bundles, made once in the run, with nothing around them; not to be changed. */
export const sharedBundles = async (): Promise<{ folder: string; metafile: Metafile }> => {
  const folder = await madeOnce("bundles", async (into) => {
    writeFileSync(join(into, METAFILE), JSON.stringify(await buildBundles(into)));
  });
  return { folder, metafile: JSON.parse(readFileSync(join(folder, METAFILE), "utf8")) };
};

/** As `tools/local/bundle.ts` has it, but copies the bundles that the run has made. */
export const bundleHandlers = async (intoDir: string): Promise<Bundles> => {
  const { folder } = await sharedBundles();
  const outdir = emptyFolder(intoDir);
  cpSync(folder, outdir, { recursive: true });
  return runnableBundles(outdir);
};

export { loadHandlers } from "../../tools/local/bundle.ts";
