import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export type AwsCall = { action: string; input: string };

/** AWS as far as the commands ask it: outputs of stacks, a function's answers, a secret's new value. */
export type FakeAws = {
  readonly endpoint: string;
  readonly calls: AwsCall[];
  stop(): Promise<void>;
};

export const startFakeAws = async (
  outputs: Readonly<Record<string, Readonly<Record<string, string>>>>,
  functions: Readonly<Record<string, (request: unknown) => Promise<unknown>>>,
  /** What the functions of the stacks are configured with, by their logical ids. */
  environments: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>> = {},
): Promise<FakeAws> => {
  const calls: AwsCall[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const input = Buffer.concat(chunks).toString("utf8");
    const action = actionOf(request, input);
    calls.push({ action, input });
    const [status, type, body] = await answer(action, input);
    response.writeHead(status, { "content-type": type }).end(body);
  });

  const answer = async (action: string, input: string): Promise<[status: number, type: string, body: string]> => {
    if (action === "PutSecretValue") return [200, "application/x-amz-json-1.1", '{"VersionId":"version-2"}'];
    if (action === "DescribeStacks") return stack(new URLSearchParams(input).get("StackName") ?? "");
    if (action === "ListStackResources") return resources(new URLSearchParams(input).get("StackName") ?? "");
    if (action.startsWith("configuration of ")) {
      const id = action.slice("configuration of ".length);
      const Variables = Object.values(environments).find((functionsOf) => id in functionsOf)?.[id];
      return [200, "application/json", JSON.stringify({ Environment: { Variables } })];
    }
    const called = functions[action];
    if (called === undefined) return [404, "application/json", '{"Message":"Function not found"}'];
    return [200, "application/json", JSON.stringify(await called(JSON.parse(input)))];
  };

  const stack = (name: string): [number, string, string] => {
    const found = outputs[name];
    const entries = Object.entries(found ?? {}).map(
      ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
    );
    const head = `<StackName>${name}</StackName><CreationTime>2026-11-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>`;
    return found === undefined
      ? [
          400,
          "text/xml",
          `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id ${name} does not exist</Message></Error></ErrorResponse>`,
        ]
      : [
          200,
          "text/xml",
          `<DescribeStacksResponse><DescribeStacksResult><Stacks><member>${head}<Outputs>${entries.join("")}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
        ];
  };

  const resources = (name: string): [number, string, string] => {
    const members = Object.keys(environments[name] ?? {}).map(
      (id) =>
        `<member><LogicalResourceId>${id}</LogicalResourceId><PhysicalResourceId>${id}</PhysicalResourceId><ResourceType>AWS::Lambda::Function</ResourceType></member>`,
    );
    return [
      200,
      "text/xml",
      `<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>${members.join("")}</StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>`,
    ];
  };

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const actionOf = ({ headers, url = "" }: IncomingMessage, input: string): string =>
  headers["x-amz-target"]?.toString().split(".").at(-1) ??
  /\/functions\/([^/]+)\/invocations/.exec(url)?.[1] ??
  /\/functions\/([^/]+)\/configuration/.exec(url)?.[1]?.replace(/^/, "configuration of ") ??
  new URLSearchParams(input).get("Action") ??
  url;
