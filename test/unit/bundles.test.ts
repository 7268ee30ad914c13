import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type Metafile } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUNDLING, HOT_FUNCTIONS, MAX_HOT_BUNDLE_BYTES } from "../../shared/contract/bundling.ts";
import { envOf, FUNCTIONS, type FunctionName } from "../../shared/contract/functions.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const NAMES = Object.keys(FUNCTIONS) as FunctionName[];

describe("the bundles of the functions", () => {
  // Not in the project: nothing is to be found around them but Node.
  const folder = mkdtempSync(join(tmpdir(), "license-server-bundles-"));
  let outputs: Metafile["outputs"] = {};

  beforeAll(async () => {
    const { metafile } = await build({
      ...BUNDLING,
      absWorkingDir: folder,
      entryPoints: NAMES.map((name) => ({ in: join(ROOT, "functions", name, "handler.ts"), out: name })),
      bundle: true,
      metafile: true,
      outdir: folder,
      logLevel: "silent",
    });
    outputs = metafile.outputs;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const bundle = (name: FunctionName): Metafile["outputs"][string] => {
    const output = outputs[`${name}.js`];
    if (output === undefined) throw new Error(`there is no bundle of ${name}`);
    return output;
  };

  const packagesIn = (name: FunctionName): Set<string> =>
    new Set(
      Object.entries(bundle(name).inputs)
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .flatMap(([path]) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
    );

  it.each(HOT_FUNCTIONS)("keep the hot %s small", (name) => {
    expect(bundle(name).bytes).toBeGreaterThan(100_000);
    expect(bundle(name).bytes).toBeLessThanOrEqual(MAX_HOT_BUNDLE_BYTES);
  });

  it("hold the spreadsheet library only where a report is written", () => {
    expect(NAMES.filter((name) => packagesIn(name).has("exceljs"))).toEqual(["reports", "reportJob"]);
  });

  it("hold the engine of configured patterns only where names are shown", () => {
    const withNames = NAMES.filter((name) => envOf(name).includes("DISPLAY_NAME_STRIP"));
    expect(NAMES.filter((name) => packagesIn(name).has("re2js"))).toEqual(withNames);
  });

  it.each(HOT_FUNCTIONS)("keep what only tools and reports need out of the hot %s", (name) => {
    const packages = packagesIn(name);
    expect(packages).toContain("@aws-sdk/client-dynamodb");
    for (const heavy of ["@aws-sdk/client-s3", "@peculiar/x509", "esbuild", "zod"])
      expect(packages).not.toContain(heavy);
  });

  it("leave out nothing that loading them takes", () => {
    const load = NAMES.map((name) => `require(${JSON.stringify(join(folder, `${name}.js`))}).handler`);
    const script = `process.stdout.write(JSON.stringify([${load.join(",")}].map((handler) => typeof handler)))`;
    const told = execFileSync(process.execPath, ["--input-type=commonjs", "-e", script], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(JSON.parse(told)).toEqual(NAMES.map(() => "function"));
  });
});
