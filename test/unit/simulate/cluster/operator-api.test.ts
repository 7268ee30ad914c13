import { expect, it } from "vitest";
import { systemClock } from "../../../../agent/wire/clock.ts";
import type { ApiClient } from "../../../../tools/cluster/api-client.ts";
import { type CloseSignal, createCloseSignal } from "../../../../tools/simulate/cluster/life/close-signal.ts";
import { answer, type OperatorGeneration } from "../../../../tools/simulate/cluster/operator-api/answer.ts";
import type { SessionTruth } from "../../../../tools/simulate/cluster/record.ts";
import type { OperatorCluster } from "../../../../tools/simulate/cluster/stage.ts";

const ROOT = "/apis/operator.metalbear.co/v1";
const NAME = "00c0ffee00000001";
const DECIMAL = String(0x00c0ffee00000001n);

const truth: SessionTruth = {
  cluster: "dev",
  object: "MirrordClusterSession",
  name: NAME,
  uid: "1",
  kind: "user",
  owner: { userId: "key", username: "Ada", hostname: "laptop", k8sUsername: "ada@example.com" },
  namespace: "shop",
  target: { apiVersion: "apps/v1", kind: "Deployment", name: "api", container: "api" },
  copyTarget: false,
  key: undefined,
  lockedPorts: [{ port: 80, kind: "steal" }],
  startedAt: 0,
  connected: true,
  endedAt: undefined,
  reason: undefined,
  closedAt: undefined,
};

const world = (): { cluster: OperatorCluster; signal: CloseSignal } => {
  const signal = createCloseSignal(systemClock);
  return { cluster: { name: "dev", api: {} as ApiClient, open: new Map([[NAME, { truth, signal }]]) }, signal };
};

const stop = (generation: OperatorGeneration, id: string) => {
  const { cluster, signal } = world();
  const { status, body } = answer(cluster, generation, 1_000, "DELETE", `${ROOT}/sessions/${id}`);
  return { status, reason: (body as { reason?: string }).reason, closed: signal.closing()?.reason };
};

it("an operator stops a session by its decimal id, its hexadecimal id and its name", () => {
  for (const id of [DECIMAL, "C0FFEE00000001", NAME]) {
    expect(stop("current", id)).toEqual({ status: 200, reason: undefined, closed: "Stopped" });
  }
  expect(stop("current", "42")).toEqual({ status: 404, reason: "NotFound", closed: undefined });
});

it("an older operator reads only the decimal id, and an old one cannot stop sessions", () => {
  expect(stop("decimal", DECIMAL).closed).toBe("Stopped");
  expect(stop("decimal", NAME)).toEqual({ status: 404, reason: "failed to parse request", closed: undefined });
  expect(stop("no-sessions", DECIMAL)).toEqual({ status: 404, reason: "failed to parse request", closed: undefined });
});

it("the operator's object shows the locked ports of its sessions", () => {
  const { body } = answer(world().cluster, "current", 5_500, "GET", `${ROOT}/mirrordoperators/operator`);
  expect((body as { status: { sessions: unknown[] } }).status.sessions).toMatchObject([
    { id: NAME.toUpperCase(), duration_secs: 5, namespace: "shop", locked_ports: [{ port: 80, kind: "steal" }] },
  ]);
});
