import { aws } from "./command.ts";
import { createSecret } from "./deployment.ts";

/** The custom domain of the configuration below, with its base path. */
export const DOMAIN = { name: "licenses.example.com", basePath: "mirrord" };

/** The secrets that the operator of a deployment brings along. */
export type OwnSecrets = { licenseKey: string; license: string; webhookUrl: string };

/**
 * The configuration with everything on that a deployment can have beside the default: own secrets, events, reports to Jira, a
 * custom domain with a base path, and the private front. Creates the secrets.
 */
export const everythingOn = async ({ licenseKey, license, webhookUrl }: OwnSecrets) => ({
  license: {
    key: { secretArn: await createSecret("key", licenseKey) },
    file: { secretArn: await createSecret("license", license), versionStage: "AWSCURRENT" },
  },
  events: { enabled: true },
  jira: { webhookSecretArn: await createSecret("jira", webhookUrl) },
  customDomain: {
    name: DOMAIN.name,
    certificateArn: "arn:aws:acm:eu-central-1:000000000000:certificate/11111111-2222-3333-4444-555555555555",
    basePath: DOMAIN.basePath,
    keepDefaultEndpoint: true,
  },
  network: { mode: "both", vpcEndpointIds: ["vpce-0123456789abcdef0"], accessLogs: true },
  tags: { team: "platform" },
  concurrency: { public: 10 },
  lease: { heartbeatIntervalSeconds: 30 },
  logLevel: "debug",
  adminByLicenseKey: true,
});

/**
 * A hosted zone that already has a record of the custom domain. CloudFormation refuses to create it again, and rolls back.
 * Returns the part of a configuration that wants it.
 */
export const takenRecord = async (): Promise<{ hostedZone: { id: string; name: string } }> => {
  const name = DOMAIN.name.split(".").slice(1).join(".");
  const reference = ["--name", name, "--caller-reference", "verify-deploy"];
  const { HostedZone: zone } = await aws<{ HostedZone: { Id: string } }>("route53", "create-hosted-zone", ...reference);
  const id = zone.Id.replace("/hostedzone/", "");
  const record = { Name: DOMAIN.name, Type: "A", TTL: 60, ResourceRecords: [{ Value: "192.0.2.1" }] };
  const batch = JSON.stringify({ Changes: [{ Action: "CREATE", ResourceRecordSet: record }] });
  await aws("route53", "change-resource-record-sets", "--hosted-zone-id", id, "--change-batch", batch);
  return { hostedZone: { id, name } };
};
