import { type EpochMs, formatTime } from "../../shared/contract/time.ts";
import { describeKube, isDone, type Kube } from "../kube/kube.ts";
import type { Log } from "../log.ts";
import type { Troubles } from "../troubles.ts";
import { decideRestart, fingerprintOf } from "./decide.ts";

const RESTARTED_FOR = "mirrord-license-agent/restarted-for";

export type RestartOptions = {
  kube: Kube;
  namespace: string;
  deployment: string;
  now: () => EpochMs;
  beforeMs: number;
  log: Log;
  troubles: Troubles;
};

/** Restarts the operator if it does not have the license of its Secret, once for each license. */
export type OperatorRestart = {
  check(facts: { pem: string; operatorExpiry: string | undefined; liveSessions: number | undefined }): Promise<void>;
};

type Deployment = {
  spec?: { replicas?: number; template?: { metadata?: { annotations?: Record<string, string> } } };
};

export const createOperatorRestart = (options: RestartOptions): OperatorRestart => {
  const { kube, namespace, deployment, now, beforeMs, log, troubles } = options;
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${deployment}`;
  const fail = (reason: string): void =>
    troubles.begin(
      "restart",
      `The Deployment ${namespace}/${deployment} cannot be restarted for a new license: ${reason}.`,
    );
  return {
    check: async (facts) => {
      const unknown = { ...facts, restartedFor: undefined, replicas: 1, now: now(), beforeMs };
      if (decideRestart(unknown) === "none") {
        troubles.over("restart");
        return;
      }
      const got = await kube.call({ path });
      if (!isDone(got)) return fail(describeKube(got));
      const { spec } = got.body as Deployment;
      const restartedFor = spec?.template?.metadata?.annotations?.[RESTARTED_FOR];
      const decision = decideRestart({ ...unknown, restartedFor, replicas: spec?.replicas ?? 1 });
      if (decision !== "restart") return;
      const annotations = {
        [RESTARTED_FOR]: fingerprintOf(facts.pem),
        "kubectl.kubernetes.io/restartedAt": formatTime(now()),
      };
      const patched = await kube.call({
        method: "PATCH",
        path,
        contentType: "application/merge-patch+json",
        body: { spec: { template: { metadata: { annotations } } } },
      });
      if (!isDone(patched)) return fail(describeKube(patched));
      troubles.over("restart");
      log.info("Restarted the operator for a new license", { deployment: `${namespace}/${deployment}` });
    },
  };
};
