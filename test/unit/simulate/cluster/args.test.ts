import { expect, it } from "vitest";
import { readClusterArguments } from "../../../../tools/simulate/cluster/args.ts";

const read = (...args: string[]) => readClusterArguments(args, () => "new");

it("reads the clusters in their order, and stock operators' waits by default", () => {
  expect(read("--cluster", "a", "--cluster", "b", "--sessions", "7")).toMatchObject({
    kind: "run",
    kubeconfigs: ["a", "b"],
    simulation: { seed: "new", sessions: 7, waits: { activityMs: 3_000, unusedMs: 30_000, keepMs: 60_000 } },
  });
});

it("reports all faults of a cluster's command line at once", () => {
  expect(read("--users", "no", "--operator", "ancient", "--min-length", "9", "--max-length", "8")).toEqual({
    kind: "bad",
    faults: [
      "--cluster is required: the path of a kubeconfig",
      "--operator must be one of current, no-list, decimal, no-sessions",
      "--users must be a whole number, 1 to 5000",
      "--min-length must not exceed --max-length",
    ],
  });
  expect(read("--cluster", "a", "--nothing")).toMatchObject({
    kind: "bad",
    faults: [expect.stringContaining("--nothing")],
  });
});
