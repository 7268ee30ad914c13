import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { BUNDLES_PACKAGE, BUNDLING, LATE_CHUNKS } from "../../shared/contract/bundling.ts";

// Writes the late chunks of a function into the folder of a bundled function. The deployment calls it after it has bundled one that loads it.

const [outputDir, name] = process.argv.slice(2);
if (outputDir === undefined || name === undefined)
  throw new Error("No folder or function specified. Give the folder of the bundle and the function's name");

await build({
  ...BUNDLING,
  mainFields: [...BUNDLING.mainFields],
  entryPoints: LATE_CHUNKS.filter(({ functions }) => (functions as readonly string[]).includes(name)).map(
    ({ entry, file }) => ({ in: join(import.meta.dirname, "../..", entry), out: file }),
  ),
  bundle: true,
  outdir: outputDir,
  outExtension: { ".js": ".cjs" },
  logLevel: "error",
});
writeFileSync(join(outputDir, "package.json"), JSON.stringify(BUNDLES_PACKAGE));
