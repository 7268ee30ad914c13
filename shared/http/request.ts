import type { APIGatewayProxyEventV2 } from "aws-lambda";

/** A request as the endpoints see it, whichever front delivered it. */
export type ApiRequest = {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** Every value of every query parameter, decoded. */
  readonly query: URLSearchParams;
  /** A header by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
  readonly sourceIp: string;
};

/** The one place that knows the event's form: API Gateway HTTP APIs, payload format version 2.0. */
export const toApiRequest = (event: APIGatewayProxyEventV2): ApiRequest => ({
  id: event.requestContext.requestId,
  method: event.requestContext.http.method,
  path: event.rawPath,
  // It takes one question mark off: the one in front, not one that is part of a name.
  query: new URLSearchParams(`?${event.rawQueryString}`),
  header: (name) => event.headers[name],
  body: Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8"),
  sourceIp: event.requestContext.http.sourceIp,
});
