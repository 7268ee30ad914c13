import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AwsRequest, callsOf, serviceOf, signerOf } from "./aws-request.ts";
import type { AwsCall } from "./policies.ts";

export type FakeAws = {
  readonly endpoint: string;
  /** The current value of each secret, by ARN. */
  readonly secrets: Map<string, string>;
  /** The objects of all buckets, by `bucket/name`. */
  readonly objects: Map<string, Buffer>;
  /** The messages published, as the forms they came in. */
  readonly published: URLSearchParams[];
  stop(): Promise<void>;
};

export type FakeAwsOptions = {
  /** The engine, and what the deployed table is called there. */
  endpoint: string;
  tableName: string;
  deployedTable: string;
  /** Asked about every call before it is done; the answer decides. */
  authorize: (signer: string, call: AwsCall) => boolean;
};

/**
 * What the functions use of AWS, behind one endpoint that asks IAM first: DynamoDB is the real engine, secrets, objects and
 * messages are kept in memory. Signatures are read, not checked.
 */
export const startFakeAws = async ({ authorize, ...engine }: FakeAwsOptions): Promise<FakeAws> => {
  const [secrets, objects, published]: [FakeAws["secrets"], FakeAws["objects"], FakeAws["published"]] = [
    new Map(),
    new Map(),
    [],
  ];
  const services: Record<string, (request: AwsRequest) => Answer | Promise<Answer>> = {
    dynamodb: (request) => forwarded(engine, request),
    secretsmanager: (request) => secretValue(secrets, request),
    s3: (request) => object(objects, request),
    sns: ({ body }) => {
      published.push(new URLSearchParams(body.toString("utf8")));
      return { status: 200, type: "text/xml", body: PUBLISHED };
    },
  };
  const answer = async (request: AwsRequest): Promise<Answer> => {
    const calls = callsOf(request);
    // All are asked about, also after a refusal, so that a test sees every one that is missing.
    const allowed = calls.map((call) => authorize(signerOf(request), call)).every((yes) => yes);
    if (!allowed) return denied(serviceOf(request));
    return services[serviceOf(request)]?.(request) ?? denied(serviceOf(request));
  };
  const server = createServer((message, response) => void respond(message, response, answer));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    secrets,
    objects,
    published,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

type Answer = { status: number; type: string; body: string | Buffer };

const respond = async (
  message: IncomingMessage,
  response: ServerResponse,
  answer: (request: AwsRequest) => Promise<Answer>,
): Promise<void> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const url = new URL(message.url ?? "/", "http://aws");
  const request = { method: message.method ?? "GET", url, headers: message.headers, body: Buffer.concat(chunks) };
  const { status, type, body } = await answer(request).catch((error: unknown) => json(500, { message: String(error) }));
  response.writeHead(status, { "content-type": type }).end(body);
};

const json = (status: number, value: unknown): Answer => ({
  status,
  type: "application/x-amz-json-1.0",
  body: JSON.stringify(value),
});

const denied = (service: string): Answer =>
  service === "s3" || service === "sns"
    ? { status: 403, type: "text/xml", body: "<Error><Code>AccessDenied</Code></Error>" }
    : json(400, { __type: "AccessDeniedException" });

type Engine = Pick<FakeAwsOptions, "endpoint" | "tableName" | "deployedTable">;

const forwarded = async (engine: Engine, { headers, body }: AwsRequest): Promise<Answer> => {
  const [deployed, real] = [JSON.stringify(engine.deployedTable), JSON.stringify(engine.tableName)];
  const handedOn = ["authorization", "content-type", "x-amz-date", "x-amz-target"];
  const response = await fetch(engine.endpoint, {
    method: "POST",
    headers: Object.fromEntries(handedOn.map((name) => [name, String(headers[name])])),
    body: body.toString("utf8").replaceAll(deployed, real),
  });
  const type = response.headers.get("content-type") ?? "application/x-amz-json-1.0";
  return { status: response.status, type, body: (await response.text()).replaceAll(real, deployed) };
};

// A secret has its current version and no other.
const secretValue = (secrets: FakeAws["secrets"], { body }: AwsRequest): Answer => {
  const input = JSON.parse(body.toString("utf8")) as { SecretId: string; VersionStage?: string };
  const value = secrets.get(input.SecretId);
  return value === undefined || (input.VersionStage ?? "AWSCURRENT") !== "AWSCURRENT"
    ? json(400, { __type: "ResourceNotFoundException" })
    : json(200, { ARN: input.SecretId, SecretString: value });
};

const object = (objects: FakeAws["objects"], { method, url, body }: AwsRequest): Answer => {
  const name = decodeURIComponent(url.pathname.slice(1));
  if (method === "PUT") {
    objects.set(name, body);
    return { status: 200, type: "text/xml", body: "" };
  }
  const found = objects.get(name);
  return found === undefined
    ? { status: 404, type: "text/xml", body: "<Error><Code>NoSuchKey</Code></Error>" }
    : { status: 200, type: "application/octet-stream", body: found };
};

const PUBLISHED =
  '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>';
