import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/engine-global.ts", "test/support/dashboard-global.ts"],
    // The handlers parse their environment when they are loaded; the tests then build them over runtimes of their own.
    env: {
      TABLE_NAME: "unused",
      LICENSE_PATH: "unused",
      LICENSE_KEY: "unused",
      LEASE_SIGNING_PATH: "unused",
      ACCESS_SIGNING_PATH: "unused",
      REPORT_DIR: "unused",
    },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
