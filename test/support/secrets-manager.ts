import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { SECOND_MS } from "../../shared/contract/time.ts";

export type FakeVersion = { id: string; value: string; createdAt: number; stages: string[] };

/** Secrets Manager as far as keys are rotated with it, on a clock that the test moves. */
export type FakeSecretsManager = {
  readonly endpoint: string;
  readonly clock: { now: number };
  /** The versions of each secret, the oldest first. */
  readonly secrets: Map<string, FakeVersion[]>;
  put(id: string, value: string): FakeVersion;
  stop(): Promise<void>;
};

export const startSecretsManager = async (clock: { now: number }): Promise<FakeSecretsManager> => {
  const secrets: FakeSecretsManager["secrets"] = new Map();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const input = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Input;
    const action = String(request.headers["x-amz-target"]).replace("secretsmanager.", "");
    const answer = ACTIONS[action]?.(secrets, input, clock.now);
    response.writeHead(answer === undefined ? 400 : 200, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(answer ?? { __type: "ResourceNotFoundException" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    clock,
    secrets,
    put: (id, value) => put(secrets, id, value, clock.now),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

type Input = {
  SecretId: string;
  SecretString?: string;
  VersionStage?: string;
  RemoveFromVersionId?: string;
};

// A new version is current; the one before becomes the previous one, and that of before loses its label.
const put = (secrets: FakeSecretsManager["secrets"], id: string, value: string, now: number): FakeVersion => {
  const versions = secrets.get(id) ?? [];
  const current = versions.find(({ stages }) => stages.includes("AWSCURRENT"));
  for (const version of versions) version.stages = version === current ? ["AWSPREVIOUS"] : [];
  const version = { id: randomUUID(), value, createdAt: now, stages: ["AWSCURRENT"] };
  secrets.set(id, [...versions, version]);
  return version;
};

type Action = (secrets: FakeSecretsManager["secrets"], input: Input, now: number) => object | undefined;

const ACTIONS: Record<string, Action> = {
  GetSecretValue: (secrets, { SecretId, VersionStage = "AWSCURRENT" }) => {
    const version = secrets.get(SecretId)?.find(({ stages }) => stages.includes(VersionStage));
    return version && { ...described(version), SecretString: version.value };
  },
  PutSecretValue: (secrets, { SecretId, SecretString = "" }, now) =>
    secrets.has(SecretId) ? described(put(secrets, SecretId, SecretString, now)) : undefined,
  ListSecretVersionIds: (secrets, { SecretId }) => {
    const versions = secrets.get(SecretId)?.filter(({ stages }) => stages.length > 0);
    return versions && { Versions: versions.map(described) };
  },
  UpdateSecretVersionStage: (secrets, { SecretId, VersionStage, RemoveFromVersionId }) => {
    const version = secrets.get(SecretId)?.find(({ id }) => id === RemoveFromVersionId);
    if (version === undefined) return undefined;
    version.stages = version.stages.filter((stage) => stage !== VersionStage);
    return {};
  },
};

const described = ({ id, createdAt, stages }: FakeVersion) => ({
  VersionId: id,
  CreatedDate: createdAt / SECOND_MS,
  VersionStages: stages,
});
