import { expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import type { Server } from "../../support/server.ts";

export type Cluster = ReturnType<typeof clusterAt>;

/** An operator of a cluster. Each start of it has an instance id of its own. */
export const clusterAt = (server: Server, cluster: string, instance = `${cluster}-1`) => {
  const operator = operatorAt(server, instance);
  const names = { cluster_name: cluster };
  return {
    cluster,
    instance,
    starts: () => operator.registers(names),
    /** Whether its heartbeat is answered with a lease. */
    isLeased: async (): Promise<boolean> => {
      const { lease, lease_reason } = expectSuccess("heartbeat", await operator.beats([], names));
      if (lease === null && lease_reason !== "MaxOperatorsReached") throw new Error(`no lease: ${lease_reason}`);
      return lease !== null;
    },
  };
};

export const release = async (server: Server, installation: string) =>
  server.call("DELETE", `/api/v1/operators/${encodeURIComponent(installation)}`, {
    bearer: await server.accessToken(["operators:delete"], "the admin"),
  });

export const listed = async (server: Server) =>
  expectSuccess("operatorList", await server.call("GET", "/api/v1/operators")).operators;
