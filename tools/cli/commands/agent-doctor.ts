import type { Command } from "commander";
import { type ClusterOptions, clusterOf, withCluster } from "../agent/cluster.ts";
import { type Call, type Define, examples } from "../command.ts";
import { finish } from "../doctor/shown.ts";

type DoctorOptions = ClusterOptions & { namespace: string; clusterId?: string };

/** `agent doctor`. */
export const agentDoctorCommand = (group: Command, define: Define): void => {
  define(
    examples(
      withCluster(group.command("doctor"))
        .description(
          "check the agent of the kubeconfig's cluster: objects, rights, credential, clock, operator settings",
        )
        .option("--namespace <name>", "the agent's namespace", "mirrord")
        .option("--cluster-id <id>", "the cluster's id, if the agent has CLUSTER_ID"),
      "license-server agent doctor --stack-prefix LicenseServer",
      "license-server agent doctor -o json | jq '.checks[] | select(.result != \"ok\")'",
    ),
    async ({ options, connection, system, paint, print }: Call<DoctorOptions>) => {
      const { agentChecks } = await import("../agent/doctor.ts");
      const place = { namespace: options.namespace, clusterId: options.clusterId };
      finish(await agentChecks(await clusterOf(options, system), place, connection, system), paint, print);
    },
  );
};
