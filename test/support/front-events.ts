import type { ALBEvent, APIGatewayProxyEvent, APIGatewayProxyEventV2 } from "aws-lambda";

/**
 * One request as each front passes it to a function. Names, nesting and kinds of values follow the events that AWS publishes: in the
 * API Gateway developer guide ("Create AWS Lambda proxy integrations for HTTP APIs", "Lambda proxy integrations in API Gateway"),
 * in the Lambda developer guide ("Process Application Load Balancer requests with Lambda"), and in its Go library.
 *
 * The request: `POST /api/v1/sessions/a%2Fb//c%20d/end?tag=1%2B2&tag=a+b&name=%C3%A4`, with the header `X-Note` twice and a body of
 * the bytes `{"a":"ä"}`, from 203.0.113.7 through a proxy with the address 198.51.100.9.
 */
const BODY = Buffer.from('{"a":"ä"}').toString("base64");

export const HTTP_API_EVENT = {
  version: "2.0",
  routeKey: "POST /api/v1/sessions/{proxy+}",
  rawPath: "/api/v1/sessions/a/b//c d/end",
  rawQueryString: "tag=1%2B2&tag=a+b&name=%C3%A4",
  cookies: ["cookie1", "cookie2"],
  headers: {
    accept: "application/json",
    "content-length": "10",
    "content-type": "application/json",
    host: "id.execute-api.us-east-1.amazonaws.com",
    "user-agent": "agent",
    "x-amzn-trace-id": "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
    "x-forwarded-for": "203.0.113.7, 198.51.100.9",
    "x-license-key": "the key",
    "x-note": "value1,value2",
  },
  queryStringParameters: { tag: "1+2,a b", name: "ä" },
  requestContext: {
    accountId: "123456789012",
    apiId: "api-id",
    domainName: "id.execute-api.us-east-1.amazonaws.com",
    domainPrefix: "id",
    http: {
      method: "POST",
      path: "/api/v1/sessions/a/b//c d/end",
      protocol: "HTTP/1.1",
      sourceIp: "198.51.100.9",
      userAgent: "agent",
    },
    requestId: "JKJaXmPLvHcESHA=",
    routeKey: "POST /api/v1/sessions/{proxy+}",
    stage: "$default",
    time: "12/Mar/2020:19:03:58 +0000",
    timeEpoch: 1583348638390,
  },
  body: BODY,
  pathParameters: { proxy: "a/b//c d/end" },
  isBase64Encoded: true,
} satisfies APIGatewayProxyEventV2;

export const REST_API_EVENT = {
  resource: "/api/v1/sessions/{proxy+}",
  path: "/api/v1/sessions/a%2Fb//c%20d/end",
  httpMethod: "POST",
  headers: {
    Accept: "application/json",
    "Content-Type": "application/json",
    Host: "id.execute-api.us-east-1.amazonaws.com",
    "User-Agent": "agent",
    "X-Amzn-Trace-Id": "Root=1-5e66d96f-7491f09xmpl79d18acf3d050",
    "X-Forwarded-For": "203.0.113.7, 198.51.100.9",
    "X-License-Key": "the key",
    "X-Note": "value2",
  },
  multiValueHeaders: {
    Accept: ["application/json"],
    "Content-Type": ["application/json"],
    Host: ["id.execute-api.us-east-1.amazonaws.com"],
    "User-Agent": ["agent"],
    "X-Amzn-Trace-Id": ["Root=1-5e66d96f-7491f09xmpl79d18acf3d050"],
    "X-Forwarded-For": ["203.0.113.7, 198.51.100.9"],
    "X-License-Key": ["the key"],
    "X-Note": ["value1", "value2"],
  },
  queryStringParameters: { tag: "a b", name: "ä" },
  multiValueQueryStringParameters: { tag: ["1+2", "a b"], name: ["ä"] },
  pathParameters: { proxy: "a%2Fb//c%20d/end" },
  stageVariables: null,
  requestContext: {
    resourceId: "2gxmpl",
    resourcePath: "/api/v1/sessions/{proxy+}",
    httpMethod: "POST",
    extendedRequestId: "JJbxmplHYosFVYQ=",
    requestTime: "10/Mar/2020:00:03:59 +0000",
    path: "/v1/api/v1/sessions/a%2Fb//c%20d/end",
    accountId: "123456789012",
    protocol: "HTTP/1.1",
    stage: "v1",
    domainPrefix: "id",
    requestTimeEpoch: 1583798639428,
    requestId: "77375676-xmpl-4b79-853a-f982474efe18",
    authorizer: null,
    identity: {
      cognitoIdentityPoolId: null,
      accountId: null,
      apiKey: null,
      apiKeyId: null,
      clientCert: null,
      cognitoIdentityId: null,
      caller: null,
      sourceIp: "198.51.100.9",
      principalOrgId: null,
      accessKey: null,
      cognitoAuthenticationType: null,
      cognitoAuthenticationProvider: null,
      userArn: null,
      userAgent: "agent",
      user: null,
    },
    domainName: "id.execute-api.us-east-1.amazonaws.com",
    apiId: "70ixmpl4fl",
  },
  body: BODY,
  isBase64Encoded: true,
} satisfies APIGatewayProxyEvent;

/** With the target group's setting for several values of a header on. */
export const BALANCER_EVENT = {
  requestContext: {
    elb: {
      targetGroupArn: "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/lambda-xmpl/49e9d65c45c6791a",
    },
  },
  httpMethod: "POST",
  path: "/api/v1/sessions/a%2Fb//c%20d/end",
  multiValueQueryStringParameters: { tag: ["1%2B2", "a+b"], name: ["%C3%A4"] },
  multiValueHeaders: {
    accept: ["application/json"],
    connection: ["keep-alive"],
    "content-length": ["10"],
    "content-type": ["application/json"],
    host: ["lambda-alb-123578498.us-east-2.elb.amazonaws.com"],
    "user-agent": ["agent"],
    "x-amzn-trace-id": ["Root=1-5c536348-3d683b8b04734faae651f476"],
    "x-forwarded-for": ["203.0.113.7, 198.51.100.9"],
    "x-forwarded-port": ["443"],
    "x-forwarded-proto": ["https"],
    "x-license-key": ["the key"],
    "x-note": ["value1", "value2"],
  },
  body: BODY,
  isBase64Encoded: true,
} satisfies ALBEvent;
