import { once } from "node:events";
import { createServer } from "node:http";

/** Answers `GetSecretValue` as AWS Secrets Manager does, and nothing else; signatures are not looked at. */
export type FakeSecretsManager = { endpoint: string; stop(): void };

// Long in use: nothing asks for the version before it.
const VERSION = { VersionId: "00000000-0000-4000-8000-000000000001", VersionStages: ["AWSCURRENT"], CreatedDate: 0 };

export const startFakeSecretsManager = async (
  secrets: Readonly<Record<string, string>>,
): Promise<FakeSecretsManager> => {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { SecretId: id = "" } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { SecretId?: string };
    const value = secrets[id];
    const known = request.headers["x-amz-target"] === "secretsmanager.GetSecretValue" && value !== undefined;
    response.writeHead(known ? 200 : 400, { "content-type": "application/x-amz-json-1.1" });
    response.end(
      JSON.stringify(
        known ? { ARN: id, Name: id, SecretString: value, ...VERSION } : { __type: "ResourceNotFoundException" },
      ),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { endpoint: `http://127.0.0.1:${port}`, stop };
};
