import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { type Query, readQuery } from "./query.ts";

/** A request as the endpoints see it. */
export type ApiRequest = {
  readonly id: string;
  readonly method: string;
  /** The front has decoded it, once. */
  readonly path: string;
  readonly query: Query;
  /** A header by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
  readonly sourceIp: string;
};

/** Whether a header has only characters that every front passes on unchanged (RFC 9110, section 5.5). */
export const isPrintableAscii = (value: string): boolean => /^[\t -~]*$/.test(value);

/** The only place that reads the event: API Gateway HTTP APIs, payload format version 2.0. */
export const toApiRequest = (event: APIGatewayProxyEventV2): ApiRequest => ({
  id: event.requestContext.requestId,
  method: event.requestContext.http.method,
  path: event.rawPath,
  query: readQuery(event.rawQueryString),
  header: (name) => event.headers[name],
  body: Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8"),
  sourceIp: event.requestContext.http.sourceIp,
});
