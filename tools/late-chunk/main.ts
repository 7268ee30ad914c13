import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { BUNDLES_PACKAGE, BUNDLING, LATE_CHUNK } from "../../shared/contract/bundling.ts";

// Writes the late chunk into the folder of a bundled function. The deployment calls it after it has bundled one that loads it.

const [outputDir] = process.argv.slice(2);
if (outputDir === undefined) throw new Error("No folder specified. Give the folder of the bundle");

await build({
  ...BUNDLING,
  mainFields: [...BUNDLING.mainFields],
  entryPoints: [join(import.meta.dirname, "../..", LATE_CHUNK.entry)],
  bundle: true,
  outfile: join(outputDir, `${LATE_CHUNK.file}.cjs`),
  logLevel: "error",
});
writeFileSync(join(outputDir, "package.json"), JSON.stringify(BUNDLES_PACKAGE));
