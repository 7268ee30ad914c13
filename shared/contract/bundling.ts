/**
 * How every handler is bundled, for the deployed functions and the local server alike. CommonJS loads measurably faster
 * than ESM on the Lambda runtime, and `module` before `main` lets esbuild drop what is not used.
 */
export const BUNDLING = {
  platform: "node",
  target: "node24",
  format: "cjs",
  mainFields: ["module", "main"],
  minify: true,
} as const;

/** The largest a hot function's bundle may be, in bytes. */
export const MAX_HOT_BUNDLE_BYTES = 450 * 1024;
