import type { Command } from "commander";
import { type ClusterOptions, clusterIdOf, clusterOf, instanceIdOf, withCluster } from "../agent/cluster.ts";
import type { ManifestOptions } from "../agent/print-manifest.ts";
import { type Call, type Define, examples } from "../command.ts";
import { moment, safe } from "../text.ts";
import { agentDoctorCommand } from "./agent-doctor.ts";
import { agentListCommand } from "./agent-list.ts";
import { secondsIn, tokensOf } from "./token.ts";

type TokenOptions = ClusterOptions & { clusterId?: string; hours: string; subject?: string };

/** `agent ls | manifest | token | doctor`. */
export const agentCommands = (program: Command, define: Define): void => {
  const group = program.command("agent").description("install, list and check the agents of stock operators");

  agentListCommand(group, define);

  define(
    examples(
      group
        .command("manifest")
        .description("print the Kubernetes objects that run the agent in a cluster, the same as the Helm chart's")
        .option("--cluster-name <name>", "the cluster's name on the license server")
        .option("--image <image>", "the image that `npm run agent:image` built")
        .option("--namespace <name>", "the agent's namespace", "mirrord")
        .option("--credentials-secret <name>", "the Secret with the agent's token (default: mirrord-license-agent)")
        .option("--license-secret <name>", "keep the operator's license in this Secret")
        .option("--restart-operator", "restart the operator after a renewal of the license")
        .option("--enforce-seats", "stop the sessions of users without a seat")
        .option("--kill-previews", "let administrators stop preview environments")
        .option("--apply-catalog", "keep the policies and profiles of the catalog in the cluster")
        .option("-f, --values <file>", "values of the chart, in YAML; can be repeated", collect, []),
      "license-server agent manifest --cluster-name staging --image registry.example.com/mirrord-license-agent | kubectl apply -f -",
      "license-server agent manifest -f staging.yaml --url https://licenses.example.com > agent.yaml",
    ),
    async (call: Call<ManifestOptions>) => {
      // It loads the schema's validator, which no other command needs.
      const { printManifest } = await import("../agent/print-manifest.ts");
      await printManifest(call);
    },
  );

  define(
    examples(
      withCluster(
        group
          .command("token")
          .description("create the agent's access token for one cluster; standard output has only the token")
          .option("--cluster-id <id>", "the cluster's id (default: read from the cluster of the kubeconfig)"),
      )
        .option("--hours <number>", "its lifetime, up to 8784 (366 days)", "8784")
        .option("--subject <name>", "its name in the audit (default: agent of the cluster)"),
      "license-server agent token --stack-prefix LicenseServer > token",
      "kubectl create secret generic mirrord-license-agent --namespace mirrord --from-file=token",
    ),
    async ({ options, system, connection, print, note }: Call<TokenOptions>) => {
      const tokens = tokensOf(connection);
      const clusterId = options.clusterId ?? (await clusterIdOf(await clusterOf(options, system)));
      const made = await tokens.create({
        subject: options.subject ?? `agent of ${clusterId}`,
        scopes: ["agent"],
        instance_id: instanceIdOf(clusterId),
        expires_in_secs: secondsIn(options.hours),
      });
      print(made, () => made.token);
      note(`Token ${made.token_id} for cluster ${safe(clusterId)} is valid until ${moment(made.expires_at)}.`);
    },
  );

  agentDoctorCommand(group, define);
};

const collect = (file: string, before: readonly string[]): string[] => [...before, file];
