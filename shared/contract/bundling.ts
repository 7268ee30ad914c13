import type { FunctionName } from "./functions.ts";

/**
 * How every handler is bundled, for the deployed functions and the local server alike. CommonJS loads measurably faster
 * than ESM on the Lambda runtime, and `module` before `main` lets esbuild drop what is not used.
 */
export const BUNDLING = {
  platform: "node" as const,
  target: "node24",
  format: "cjs" as const,
  mainFields: ["module", "main"],
  minify: true,
  // Where the AWS SDK looks for credentials after the environment, which is where Lambda has them. It loads each of these
  // only when it gets to it; a quarter of a bundle for nothing otherwise. The runtime's own SDK would have them, too.
  external: [
    "@aws-sdk/credential-provider-http",
    "@aws-sdk/credential-provider-ini",
    "@aws-sdk/credential-provider-process",
    "@aws-sdk/credential-provider-sso",
    "@aws-sdk/credential-provider-web-identity",
    "@smithy/credential-provider-imds",
  ],
  // Turns `import()` into a late `require()`. Importing a module of Node's as a namespace touches everything it exports,
  // which for `node:http` loads an HTTP client that nobody uses: 10 ms.
  supported: { "dynamic-import": false },
};

/** The functions that operators wait for; their cold starts are kept short. */
export const HOT_FUNCTIONS = ["license", "heartbeat", "sessions"] as const satisfies readonly FunctionName[];
export type HotFunction = (typeof HOT_FUNCTIONS)[number];

/** The largest a hot function's bundle may be, in bytes. */
export const MAX_HOT_BUNDLE_BYTES = 450 * 1024;
