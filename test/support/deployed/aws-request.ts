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

type TableInput = KeyedInput & {
  TableName?: string;
  IndexName?: string;
  ExpressionAttributeValues?: Record<string, { S?: string } | undefined>;
  RequestItems?: Record<string, BatchInput>;
  TransactItems?: Record<string, KeyedInput & { TableName: string }>[];
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
  const on = (name: string, action: string, leadingKeys: readonly string[], index?: string): AwsCall => ({
    action: `dynamodb:${action}`,
    resource: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}${index === undefined ? "" : `/index/${index}`}`,
    context: { "dynamodb:LeadingKeys": leadingKeys.length === 0 ? undefined : leadingKeys },
  });
  if (input.TransactItems !== undefined)
    return input.TransactItems.flatMap((item) =>
      Object.entries(item).map(([kind, part]) => on(part.TableName, TRANSACTED[kind] ?? kind, partitionOf(part))),
    );
  if (input.RequestItems !== undefined)
    return Object.entries(input.RequestItems).map(([name, request]) => on(name, operation, partitionsIn(request)));
  const queried = input.ExpressionAttributeValues?.[":pk"]?.S;
  const keys = operation === "Query" && queried !== undefined ? [queried] : partitionOf(input);
  return [on(input.TableName ?? "", operation, keys, input.IndexName)];
};

type KeyedInput = { Key?: StoredKey; Item?: StoredKey };
type StoredKey = { pk?: { S: string } };

/** The partition of one item; none, if the call does not name it. */
const partitionOf = ({ Key, Item }: KeyedInput): string[] => {
  const partition = (Key ?? Item)?.pk?.S;
  return partition === undefined ? [] : [partition];
};

/** Those of a BatchGetItem or a BatchWriteItem. */
const partitionsIn = (request: BatchInput): string[] =>
  Array.isArray(request)
    ? request.flatMap(({ PutRequest, DeleteRequest }) => partitionOf(PutRequest ?? DeleteRequest ?? {}))
    : request.Keys.flatMap((Key) => partitionOf({ Key }));

type BatchInput = { Keys: StoredKey[] } | { PutRequest?: KeyedInput; DeleteRequest?: KeyedInput }[];

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
