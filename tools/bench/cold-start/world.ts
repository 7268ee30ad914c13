import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { SecretName } from "../../../shared/contract/functions.ts";
import { DAY_MS } from "../../../shared/contract/time.ts";
import { startServedEngine } from "../../local/engine/served.ts";
import { ensureTable } from "../../local/table.ts";
import { mintLicense, mintTerms } from "../../mint/mint.ts";
import { startFakeSecretsManager } from "./secrets-manager.ts";

/** What functions find around them: a table in a real engine, a real license, and the same secrets from two sources. */
export type World = {
  /** For bundles and the like; goes with the world. */
  folder: string;
  licenseKey: string;
  /** The environment of a function whose secrets are files. */
  withFiles: Readonly<Record<string, string>>;
  /** The environment of a deployed function: its secrets come from Secrets Manager, through the SDK's client. */
  withSecretsManager: Readonly<Record<string, string>>;
  close(): Promise<void>;
};

const TABLE_NAME = "bench";
const ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:";
/** The other settings of a deployed function. None of these services is called. */
const DEPLOYED = {
  REPORT_BUCKET: "reports",
  NOTIFY_TOPIC_ARN: "arn:aws:sns:us-east-1:000000000000:notices",
  JIRA_WEBHOOK_SECRET_ARN: `${ARN}jira`,
};

export const createWorld = async (now: number): Promise<World> => {
  const folder = await mkdtemp(join(tmpdir(), "license-server-bench-"));
  const engine = await startServedEngine();
  const aws = { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" };
  await createTable(engine.endpoint, aws);
  const licenseKey = randomBytes(32).toString("base64url");
  const { pem } = await mintLicense({
    organization: "Bench",
    terms: mintTerms({ max_seats: 100, subscription_id: "bench" }),
    notBefore: now - DAY_MS,
    notAfter: now + 300 * DAY_MS,
    serialNumber: "01",
  });
  const secrets = { license: pem, licenseKey, leaseSigning: signingSecret(), accessSigning: signingSecret() };
  const paths = await writeSecrets(folder, secrets);
  const manager = await startFakeSecretsManager(
    Object.fromEntries(Object.entries(secrets).map(([name, value]) => [ARN + name, value])),
  );
  // As Lambda sets it.
  const common = { ...aws, AWS_LAMBDA_FUNCTION_NAME: "bench", TABLE_NAME, DYNAMODB_ENDPOINT: engine.endpoint };
  return {
    folder,
    licenseKey,
    withFiles: {
      ...common,
      LICENSE_PATH: paths.license,
      LICENSE_KEY: licenseKey,
      LEASE_SIGNING_PATH: paths.leaseSigning,
      ACCESS_SIGNING_PATH: paths.accessSigning,
    },
    withSecretsManager: {
      ...common,
      ...DEPLOYED,
      LICENSE_SECRET_ARN: `${ARN}license`,
      LICENSE_KEY_SECRET_ARN: `${ARN}licenseKey`,
      LEASE_SIGNING_SECRET_ARN: `${ARN}leaseSigning`,
      ACCESS_SIGNING_SECRET_ARN: `${ARN}accessSigning`,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: manager.endpoint,
    },
    async close() {
      manager.stop();
      await engine.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const signingSecret = (): string => JSON.stringify({ seed: randomBytes(48).toString("base64url") });

const writeSecrets = async (folder: string, secrets: Readonly<Record<SecretName, string>>) => {
  const paths = { license: "", licenseKey: "", leaseSigning: "", accessSigning: "" };
  for (const name of Object.keys(paths) as SecretName[]) {
    paths[name] = join(folder, name);
    await writeFile(paths[name], secrets[name], { mode: 0o600 });
  }
  return paths;
};

const createTable = async (
  endpoint: string,
  aws: { AWS_REGION: string; AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string },
) => {
  const client = new DynamoDBClient({
    endpoint,
    region: aws.AWS_REGION,
    credentials: { accessKeyId: aws.AWS_ACCESS_KEY_ID, secretAccessKey: aws.AWS_SECRET_ACCESS_KEY },
  });
  await ensureTable(client, TABLE_NAME);
  client.destroy();
};
