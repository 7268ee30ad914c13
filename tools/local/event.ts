import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { RouteTarget } from "./route-key.ts";

export type ReceivedRequest = {
  method: string;
  /** The path as API Gateway passes it: decoded, without the base path. */
  path: string;
  rawQuery: string;
  headers: NodeJS.Dict<string[]>;
  body: Buffer;
  sourceIp: string;
  secure: boolean;
  port: number;
};

export type Stamp = { requestId: string; nowMs: number };

/**
 * The payload API Gateway's HTTP API gives a Lambda function, format version 2.0
 * (API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP APIs").
 */
export const toEvent = (request: ReceivedRequest, target: RouteTarget, stamp: Stamp): APIGatewayProxyEventV2 => {
  const headers = eventHeaders(request);
  const cookies = (request.headers["cookie"] ?? []).flatMap((line) => line.split(/; */)).filter((text) => text !== "");
  const query = queryParameters(request.rawQuery);
  const domainName = hostName(headers["host"] ?? "localhost");
  return {
    version: "2.0",
    routeKey: target.routeKey,
    rawPath: request.path,
    rawQueryString: request.rawQuery,
    ...(cookies.length === 0 ? {} : { cookies }),
    headers,
    ...(query === undefined ? {} : { queryStringParameters: query }),
    ...(target.pathParameters === undefined ? {} : { pathParameters: target.pathParameters }),
    requestContext: {
      accountId: "000000000000",
      apiId: "local",
      domainName,
      domainPrefix: domainName.split(".")[0] ?? domainName,
      http: {
        method: request.method,
        path: request.path,
        protocol: "HTTP/1.1",
        sourceIp: request.sourceIp,
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: stamp.requestId,
      routeKey: target.routeKey,
      stage: "$default",
      time: commonLogTime(stamp.nowMs),
      timeEpoch: stamp.nowMs,
    },
    ...eventBody(request.body, headers["content-type"]),
  };
};

/** A request as the event needs it. `body` is complete. */
export const received = (
  message: IncomingMessage,
  parsed: { path: string; rawQuery: string },
  body: Buffer,
): ReceivedRequest => ({
  method: message.method ?? "GET",
  ...parsed,
  headers: message.headersDistinct,
  body,
  // An IPv4 client on a dual-stack socket shows as ::ffff:127.0.0.1.
  sourceIp: (message.socket.remoteAddress ?? "").replace(/^::ffff:/, ""),
  secure: (message.socket as TLSSocket).encrypted === true,
  port: message.socket.localPort ?? 0,
});

// Headers of one connection, which a proxy does not forward (RFC 9110, section 7.6.1), and those moved to `cookies`.
const NOT_FORWARDED = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
  "cookie",
]);

const eventHeaders = (request: ReceivedRequest): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headers))
    if (values !== undefined && !NOT_FORWARDED.has(name)) headers[name] = values.join(",");
  const chain = [headers["x-forwarded-for"], request.sourceIp].filter((part) => part !== undefined);
  return {
    ...headers,
    "content-length": String(request.body.length),
    "x-forwarded-for": chain.join(", "),
    "x-forwarded-port": String(request.port),
    "x-forwarded-proto": request.secure ? "https" : "http",
  };
};

const queryParameters = (rawQuery: string): Record<string, string> | undefined => {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(rawQuery)) {
    const earlier = parameters.get(name);
    parameters.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return parameters.size === 0 ? undefined : Object.fromEntries(parameters);
};

// API Gateway passes bodies of these types as text; all others, and bodies without a type, as base64.
const isText = (contentType: string | undefined): boolean => {
  const type = contentType?.split(";")[0]?.trim().toLowerCase() ?? "";
  return type.startsWith("text/") || /^application\/(json|xml|javascript)$/.test(type);
};

const eventBody = (
  body: Buffer,
  contentType: string | undefined,
): Pick<APIGatewayProxyEventV2, "body" | "isBase64Encoded"> => {
  if (body.length === 0) return { isBase64Encoded: false };
  // What API Gateway makes of text that is none is not documented. As bytes, the function sees where the fault is.
  const text = isText(contentType) && isUtf8(body);
  return { body: body.toString(text ? "utf8" : "base64"), isBase64Encoded: !text };
};

const hostName = (host: string): string => host.replace(/:\d+$/, "");

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// 12/Mar/2020:19:03:58 +0000
const commonLogTime = (nowMs: number): string => {
  const [date = "", time = ""] = new Date(nowMs).toISOString().split("T");
  const [year, month, day] = date.split("-");
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
};
