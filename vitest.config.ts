import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** What loads the CDK, which takes seconds: it is loaded once, by one worker, after the others are done. */
const SYNTHESIZING = ["test/infra/**/*.test.ts", "test/e2e/drills/**/*.test.ts", "test/e2e/least-privilege.test.ts"];

/** Those of the end-to-end tests that build the handlers over runtimes of their own, and start no server. */
const SHARING = [
  "test/e2e/{agent,model,invariants,day-close,data-care,reports}/**/*.test.ts",
  "test/e2e/{budget,conflicts,cost,logs,outage,reaper,reaper-faults,route-bounds}.test.ts",
];

export default defineConfig({
  test: {
    setupFiles: ["test/support/seed.ts"],
    globalSetup: [
      "test/support/temporary-global.ts",
      "test/support/engine-global.ts",
      "test/support/documents-global.ts",
    ],
    // The handlers parse their environment when they are loaded; the tests then build them over runtimes of their own.
    env: {
      TABLE_NAME: "unused",
      LICENSE_PATH: "unused",
      LICENSE_KEY: "unused",
      LEASE_SIGNING_PATH: "unused",
      ACCESS_SIGNING_PATH: "unused",
      REPORT_DIR: "unused",
    },
    // One more than the cores of a small machine: a worker waits for the engine now and then.
    maxWorkers: Math.max(3, availableParallelism()),
    // Tests make much that lives briefly. With a larger young generation the collector runs less often: a tenth less work.
    execArgv: ["--max-semi-space-size=64"],
    testTimeout: process.env["DEEP"] === "1" ? 600_000 : 90_000,
    hookTimeout: 90_000,
    projects: [
      // Most of a small file's time is loading what it tests: these share their modules, and touch no process-wide state.
      {
        extends: true,
        test: { name: "parts", include: ["test/{unit,http}/**/*.test.ts", ...SHARING], isolate: false },
      },
      {
        extends: true,
        test: { name: "whole", include: ["test/e2e/**/*.test.ts"], exclude: [...SHARING, ...SYNTHESIZING] },
      },
      {
        extends: true,
        test: {
          name: "synthesized",
          include: SYNTHESIZING,
          isolate: false,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
