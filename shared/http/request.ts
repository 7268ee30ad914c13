import type { ALBEvent, APIGatewayProxyEvent, APIGatewayProxyEventV2 } from "aws-lambda";
import { decodedQuery, type Query, readQuery } from "./query.ts";

/** A request as the endpoints see it. */
export type ApiRequest = {
  readonly id: string;
  readonly method: string;
  /** Decoded, once. */
  readonly path: string;
  readonly query: Query;
  /** A header by its lower-case name. Values of a repeated header are joined by commas. */
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
  /** The address that connected to the front: that of the last proxy, if there are any. */
  readonly sourceIp: string;
  /** Whether the front has checked that address itself. */
  readonly addressChecked: boolean;
};

/** What the fronts of AWS invoke a function with. */
export type FrontEvent = APIGatewayProxyEventV2 | APIGatewayProxyEvent | ALBEvent;

/** Whether a header has only characters that every front passes on unchanged (RFC 9110, section 5.5). */
export const isPrintableAscii = (value: string): boolean => /^[\t -~]*$/.test(value);

/**
 * The only place that reads an event: of an HTTP API (payload format version 2.0), of a REST API (1.0), or of an Application Load
 * Balancer. The same request gives the same result through each of them.
 */
export const toApiRequest = (event: FrontEvent): ApiRequest => {
  if (isHttpApiEvent(event)) return fromHttpApi(event);
  return "elb" in event.requestContext ? fromBalancer(event as ALBEvent) : fromRestApi(event as APIGatewayProxyEvent);
};

const isHttpApiEvent = (event: FrontEvent): event is APIGatewayProxyEventV2 =>
  "version" in event && event.version === "2.0";

const fromHttpApi = (event: APIGatewayProxyEventV2): ApiRequest => ({
  id: event.requestContext.requestId,
  method: event.requestContext.http.method,
  path: event.rawPath,
  query: readQuery(event.rawQueryString),
  header: (name) => event.headers[name],
  body: bodyOf(event),
  sourceIp: event.requestContext.http.sourceIp,
  addressChecked: false,
});

// A REST API passes the path as the client sent it, the query decoded, and headers in the client's case. Only a private one leads
// here, and its resource policy checks the address.
const fromRestApi = (event: APIGatewayProxyEvent): ApiRequest => ({
  id: event.requestContext.requestId,
  method: event.httpMethod,
  path: decodedPath(event.path),
  query: decodedQuery(pairsOf(event.multiValueQueryStringParameters, event.queryStringParameters)),
  header: headersOf(event.multiValueHeaders, event.headers),
  body: bodyOf(event),
  sourceIp: event.requestContext.identity.sourceIp,
  addressChecked: true,
});

// A load balancer passes path and query as the client sent them, and adds the address of the client to those that a header names.
const fromBalancer = (event: ALBEvent): ApiRequest => {
  const header = headersOf(event.multiValueHeaders, event.headers);
  const pairs = pairsOf(event.multiValueQueryStringParameters, event.queryStringParameters);
  return {
    id: header("x-amzn-trace-id") ?? "",
    method: event.httpMethod,
    path: decodedPath(event.path),
    query: readQuery(pairs.map(([name, value]) => `${name}=${value}`).join("&")),
    header,
    body: bodyOf(event),
    sourceIp: header("x-forwarded-for")?.split(",").at(-1)?.trim() ?? "",
    addressChecked: false,
  };
};

const bodyOf = ({ body, isBase64Encoded }: { body?: string | null; isBase64Encoded: boolean }): Uint8Array =>
  Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8");

type Single = Readonly<Record<string, string | undefined>> | null | undefined;
type Multiple = Readonly<Record<string, string[] | undefined>> | null | undefined;

/** Every name with each of its values. A balancer has either form, by its setting. */
const pairsOf = (multiple: Multiple, single: Single): [name: string, value: string][] => [
  ...Object.entries(multiple ?? {}).flatMap(([name, values]) =>
    (values ?? []).map((value): [string, string] => [name, value]),
  ),
  ...Object.entries(single ?? {}).flatMap(([name, value]): [string, string][] =>
    value === undefined || multiple?.[name] !== undefined ? [] : [[name, value]],
  ),
];

const headersOf = (multiple: Multiple, single: Single): ApiRequest["header"] => {
  const headers = new Map<string, string>();
  for (const [name, value] of pairsOf(multiple, single)) {
    const known = headers.get(name.toLowerCase());
    headers.set(name.toLowerCase(), known === undefined ? value : `${known},${value}`);
  }
  return (name) => headers.get(name);
};

// As an HTTP API does it: bytes that are not UTF-8 become replacement characters, which no route accepts.
const decodedPath = (path: string): string =>
  path.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"));
