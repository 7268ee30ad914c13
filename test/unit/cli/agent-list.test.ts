import { expect, it } from "vitest";
import { RESPONSE_EXAMPLES } from "../../../shared/contract/response-examples.ts";
import { formatTime, SECOND_MS } from "../../../shared/contract/time.ts";
import { EXIT } from "../../../tools/cli/exit.ts";
import { fakeCluster } from "./fake-cluster.ts";
import { fakeRun, NOW } from "./fake-run.ts";

const [operator] = RESPONSE_EXAMPLES.operatorList.operators;
const agent = {
  ...operator,
  instance_id: "cluster-1",
  kind: "agent",
  cluster: "production-eu",
  last_heartbeat: formatTime(NOW - 4 * SECOND_MS),
  agent: { version: "0.2.0", enforces: true, observed_at: formatTime(NOW - 7 * SECOND_MS) },
};
const listed =
  (...operators: object[]) =>
  () =>
    Response.json({ operators, next: null });

it("agent ls lists clusters by their agents, with the age of their data, and no operators", async () => {
  const { out, exit } = await fakeRun(["agent", "ls"], listed(operator ?? {}, agent));
  expect(exit).toBe(EXIT.ok);
  const [head = "", row = "", ...more] = out.trimEnd().split("\n");
  expect(head.split(/ {2,}/)).toEqual(
    ["Cluster", "State", "Agent", "Operator", "Last heartbeat", "Data as of", "Seats", "Live sessions", "Instance"].map(
      (title) => title.toUpperCase(),
    ),
  );
  expect(row.split(/ {2,}/)).toEqual([
    "production-eu",
    "active",
    "0.2.0",
    "3.130.0",
    "4s ago",
    "7s ago",
    "enforced",
    "2",
    "cluster-1",
  ]);
  expect(more).toEqual([]);
  const { out: json } = await fakeRun(["agent", "ls", "-o", "json"], listed(operator ?? {}, agent));
  expect(JSON.parse(json).operators).toEqual([agent]);
});

it("agent ls says how to install one where there is none, also with a server that does not support agents", async () => {
  const { kind: _kind, agent: _agent, ...earlier } = operator ?? {};
  const { out } = await fakeRun(["agent", "ls"], listed(earlier));
  expect(out).toContain("No agents connected yet. To install one: license-server agent manifest --help");
});

it("agent token needs a deployment or a data folder, before it looks at a cluster", async () => {
  const { exit, err } = await fakeRun(["agent", "token"]);
  expect([exit, err]).toEqual([EXIT.usage, expect.stringContaining("Use --stack-prefix (AWS) or --data-dir (local).")]);
});

it("agent token says why a cluster's id cannot be read, and creates no token", async () => {
  const cluster = await fakeCluster(() => "not you");
  try {
    const args = ["agent", "token", "--data-dir", "/nonexistent/data", "--kubeconfig", cluster.kubeconfig];
    const { exit, err, out } = await fakeRun(args, undefined, { LICENSE_SERVER_URL: "" });
    expect([exit, out]).toEqual([EXIT.denied, ""]);
    expect(err).toMatch(/The cluster's id cannot be read from http:.*: 403 Forbidden not you/);
  } finally {
    await cluster.close();
  }
});
