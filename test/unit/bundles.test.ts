import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { HOT_FUNCTIONS, LATE_CHUNKS, type LateChunk, MAX_HOT_BUNDLE_BYTES } from "../../shared/contract/bundling.ts";
import { envOf, FUNCTIONS, type FunctionName } from "../../shared/contract/functions.ts";
import { sharedBundles } from "../support/ready-bundles.ts";
import { policy, session } from "./policies/support.ts";

const NAMES = Object.keys(FUNCTIONS) as FunctionName[];

describe("the bundles of the functions", () => {
  // Not in the project: nothing is to be found around them but Node.
  let folder = "";
  let outputs: Metafile["outputs"] = {};
  beforeAll(async () => {
    const shared = await sharedBundles();
    folder = shared.folder;
    outputs = shared.metafile.outputs;
  });

  const bundle = (name: FunctionName): Metafile["outputs"][string] => {
    const [, output] = Object.entries(outputs).find(([path]) => path.endsWith(`/${name}.cjs`)) ?? [];
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

  const [EVALUATOR, LIMITS, POOLS] = LATE_CHUNKS as [LateChunk, LateChunk, LateChunk];

  it.each(LIMITS.functions)("of %s loads the limits of installations late, from a file of its own", (name) => {
    const from = createRequire(join(folder, `${name}.cjs`));
    const limits = from(LIMITS.name) as typeof import("../../shared/operators/license-limits.ts");
    expect(typeof limits.installationSlots).toBe("function");
    const inputs = Object.keys(bundle(name).inputs);
    expect(inputs.filter((path) => path.endsWith("installations/slots.ts"))).toEqual([]);
  });

  it.each(POOLS.functions)("of %s loads the pools of reserved seats late, from a file of its own", (name) => {
    const from = createRequire(join(folder, `${name}.cjs`));
    const { cutPools } = from(POOLS.name) as typeof import("../../shared/seats/late.ts");
    expect(cutPools([{ name: "web", seats: 3, users: ["*"] }], 2)).toEqual([{ name: "web", configured: 3, seats: 2 }]);
    expect(Object.keys(bundle(name).inputs).filter((path) => path.endsWith("seats/pools.ts"))).toEqual([]);
  });

  it.each(EVALUATOR.functions)("of %s loads the evaluator of policies late, from a file of its own", (name) => {
    const from = createRequire(join(folder, `${name}.cjs`));
    const { evaluate } = from(EVALUATOR.name) as typeof import("../../shared/policies/evaluate.ts");
    const entry = policy({ block: ["steal"] });
    expect(evaluate([entry], session("deploy/x", { features: ["steal"] })).verdict).toBe("refused");
    expect(Object.keys(bundle(name).inputs).filter((path) => path.endsWith("policies/evaluate.ts"))).toEqual([]);
  });

  it("leave out nothing that loading them takes", () => {
    const load = NAMES.map((name) => `require(${JSON.stringify(join(folder, `${name}.cjs`))}).handler`);
    const script = `process.stdout.write(JSON.stringify([${load.join(",")}].map((handler) => typeof handler)))`;
    const told = execFileSync(process.execPath, ["--input-type=commonjs", "-e", script], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(JSON.parse(told)).toEqual(NAMES.map(() => "function"));
  });
});
