import { ACCOUNT, REGION } from "./physical.ts";
import type { AwsCall } from "./policies.ts";

export type AwsRequest = {
  method: string;
  url: URL;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
};

/** Who signed a request, by the id of the access key: of a header, or of a link that was signed in advance. */
export const signerOf = ({ headers, url }: AwsRequest): string => {
  const scope =
    /Credential=([^,\s]+)/.exec(String(headers["authorization"]))?.[1] ?? url.searchParams.get("X-Amz-Credential");
  return scope?.split("/")[0] ?? "";
};

/** Which service a request is for, by the scope of its signature. */
export const serviceOf = ({ headers, url }: AwsRequest): string => {
  const scope =
    /Credential=([^,\s]+)/.exec(String(headers["authorization"]))?.[1] ?? url.searchParams.get("X-Amz-Credential");
  return scope?.split("/")[3] ?? "";
};

/** What IAM is asked about a request. Throws at what it does not know: it is not for a test to guess. */
export const callsOf = (request: AwsRequest): AwsCall[] => {
  const service = serviceOf(request);
  if (service === "dynamodb") return tableCalls(operationOf(request), JSON.parse(request.body.toString("utf8")));
  if (service === "s3") return [objectCall(request)];
  if (service === "sns") {
    const form = new URLSearchParams(request.body.toString("utf8"));
    return [{ action: `sns:${form.get("Action")}`, resource: form.get("TopicArn") ?? "" }];
  }
  if (service === "secretsmanager") {
    const { SecretId } = JSON.parse(request.body.toString("utf8")) as { SecretId: string };
    return [{ action: `secretsmanager:${operationOf(request)}`, resource: SecretId }];
  }
  throw new Error(`${request.method} ${request.url}: no service known here`);
};

/** The last part of the header by which the JSON protocols name an operation. */
export const operationOf = ({ headers }: AwsRequest): string => String(headers["x-amz-target"]).split(".").at(-1) ?? "";

type TableInput = {
  TableName?: string;
  IndexName?: string;
  RequestItems?: Record<string, unknown>;
  TransactItems?: Record<string, { TableName: string }>[];
};

/** The actions behind the parts of a transaction (Amazon DynamoDB developer guide, "IAM for transactions"). */
const TRANSACTED: Record<string, string> = {
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "ConditionCheckItem",
  Get: "GetItem",
};

const tableCalls = (operation: string, input: TableInput): AwsCall[] => {
  const on = (name: string, action: string, index?: string): AwsCall => ({
    action: `dynamodb:${action}`,
    resource: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}${index === undefined ? "" : `/index/${index}`}`,
  });
  if (input.TransactItems !== undefined)
    return input.TransactItems.flatMap((item) =>
      Object.entries(item).map(([kind, { TableName }]) => on(TableName, TRANSACTED[kind] ?? kind)),
    );
  if (input.RequestItems !== undefined) return Object.keys(input.RequestItems).map((name) => on(name, operation));
  return [on(input.TableName ?? "", operation, input.IndexName)];
};

const OBJECT_ACTIONS: Record<string, string> = {
  GET: "GetObject",
  HEAD: "GetObject",
  PUT: "PutObject",
  POST: "PutObject",
};

// At an endpoint without a name of its own, the bucket is the first part of the path.
const objectCall = ({ method, url }: AwsRequest): AwsCall => ({
  action: `s3:${OBJECT_ACTIONS[method] ?? method}`,
  resource: `arn:aws:s3:::${decodeURIComponent(url.pathname.slice(1))}`,
});
