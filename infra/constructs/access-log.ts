/**
 * The fields of the access log of an HTTP API. No header is logged: headers carry the credentials.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
export const HTTP_ACCESS_LOG = {
  requestId: "$context.requestId",
  time: "$context.requestTime",
  ip: "$context.identity.sourceIp",
  userAgent: "$context.identity.userAgent",
  host: "$context.domainName",
  method: "$context.httpMethod",
  path: "$context.path",
  route: "$context.routeKey",
  status: "$context.status",
  responseBytes: "$context.responseLength",
  latencyMs: "$context.responseLatency",
  integrationLatencyMs: "$context.integrationLatency",
  integrationError: "$context.integrationErrorMessage",
  error: "$context.error.message",
} as const;

/** Those of a REST API, which has no route key. */
export const REST_ACCESS_LOG = {
  ...HTTP_ACCESS_LOG,
  route: "$context.resourcePath",
  vpce: "$context.identity.vpceId",
} as const;
