import type { FunctionName } from "./functions.ts";

/**
 * The parts of the hot functions that have files of their own beside theirs. Only a start that policies judge loads the first, only
 * a license that limits installations the second. A deployment with reserved seats loads the third, and a session that becomes CI. They are imported by names
 * that package.json maps to the sources, and that the package.json beside the bundles maps to the files.
 */
export const LATE_CHUNKS: readonly LateChunk[] = [
  {
    name: "#policy-evaluator",
    entry: "shared/policies/evaluate.ts",
    file: "policy-evaluator",
    functions: ["heartbeat", "sessions"],
  },
  {
    name: "#license-limits",
    entry: "shared/operators/license-limits.ts",
    file: "license-limits",
    functions: ["heartbeat", "license"],
  },
  {
    name: "#seat-pools",
    entry: "shared/seats/late.ts",
    file: "seat-pools",
    functions: ["heartbeat", "sessions"],
  },
];

export type LateChunk = {
  readonly name: `#${string}`;
  readonly entry: string;
  readonly file: string;
  readonly functions: readonly FunctionName[];
};

/** The package.json beside the bundles. */
export const BUNDLES_PACKAGE = {
  imports: Object.fromEntries(LATE_CHUNKS.map(({ name, file }) => [name, `./${file}.cjs`])),
};

/**
 * How every handler is bundled, for the deployed functions and the local server. CommonJS loads measurably faster than ESM
 * on the Lambda runtime. With `module` before `main`, esbuild can drop unused code.
 */
export const BUNDLING = {
  platform: "node" as const,
  target: "node24",
  format: "cjs" as const,
  mainFields: ["module", "main"],
  minify: true,
  // The AWS SDK loads these only if the environment has no credentials. Lambda's has them, so a quarter of the bundle
  // would be unused. The runtime's own SDK has them, too.
  external: [
    "@aws-sdk/credential-provider-http",
    "@aws-sdk/credential-provider-ini",
    "@aws-sdk/credential-provider-process",
    "@aws-sdk/credential-provider-sso",
    "@aws-sdk/credential-provider-web-identity",
    "@smithy/credential-provider-imds",
    ...LATE_CHUNKS.map(({ name }) => name),
  ],
  // Turns `import()` into a late `require()`. Importing a Node module as a namespace reads all its exports. For `node:http`
  // this loads an unused HTTP client, which takes 10 ms.
  supported: { "dynamic-import": false },
};

/** The functions that operators wait for. Their cold starts must be short. */
export const HOT_FUNCTIONS = ["license", "heartbeat", "sessions"] as const satisfies readonly FunctionName[];
export type HotFunction = (typeof HOT_FUNCTIONS)[number];

/** The maximum size of a hot function's bundle, in bytes. */
export const MAX_HOT_BUNDLE_BYTES = 490 * 1024;
