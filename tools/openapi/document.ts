import { AGENT_REQUEST_EXAMPLES, REQUEST_EXAMPLES } from "../../shared/contract/examples.ts";
import { PROBLEM_STATUS, type ProblemCode } from "../../shared/contract/problems.ts";
import { RESPONSE_EXAMPLES } from "../../shared/contract/response-examples.ts";
import { type Credential, isScope, ROUTES, type Route, type RouteName } from "../../shared/contract/routes.ts";
import type { TokenScope } from "../../shared/contract/scopes.ts";
import { description } from "./info.ts";
import { linksOf } from "./links.ts";
import { maxBodyBytesOf, OPERATIONS, type OperationDoc, problemsOf } from "./operations.ts";
import { parametersOf } from "./parameters.ts";
import { byStatus, PROBLEM_DOCS, problemExamples } from "./problems.ts";
import { componentSchemas, refTo } from "./schemas.ts";
import { SUMMARIES } from "./summaries.ts";

type NamedRoute = Route & { readonly name: RouteName };

/** A credential as a security requirement: the scheme, and for an access token its scope. */
export const securityOf = (credential: Credential): Record<string, TokenScope[]> => {
  if (isScope(credential) || credential === "agent") return { accessToken: [credential] };
  return credential === "key" ? { licenseKey: [] } : { leaseToken: [] };
};

/** The OpenAPI 3.1 document of the API; the same contract gives the same document. */
export const openApiDocument = (version: string) => ({
  openapi: "3.1.0",
  info: { title: "mirrord license server", version, description: description() },
  servers: [{ url: "/", description: "The host of this document, with its base path if there is one" }],
  tags: [
    { name: "Operators", description: "What operators call about themselves" },
    { name: "Sessions and seats", description: "Sessions and the seats they use" },
    { name: "Policies and profiles", description: "The catalog of policies and profiles, for all clusters" },
    { name: "Reports", description: "Usage, trends, errors and denials" },
    { name: "Server", description: "Without a credential" },
  ],
  paths: paths(),
  components: {
    schemas: componentSchemas(),
    examples: problemExamples(),
    headers: HEADERS,
    securitySchemes: {
      licenseKey: {
        type: "apiKey",
        in: "header",
        name: "x-license-key",
        description: "The license key: the secret of the deployment.",
      },
      leaseToken: {
        type: "http",
        scheme: "bearer",
        bearerFormat: "JWT",
        description: "`lease.token` of a license call or heartbeat. It is valid for its own operator instance only.",
      },
      accessToken: {
        type: "http",
        scheme: "bearer",
        bearerFormat: "JWT",
        description:
          "Allows what its scopes list. The deployment's token function creates it for callers that IAM permits. A token with the scope `agent` is valid for one `instance_id` only.",
      },
    },
  },
});

const HEADERS = {
  RetryAfter: { description: "Seconds to wait before the next try.", schema: { type: "integer", minimum: 0 } },
  ContentDisposition: { description: "The name to save the report under.", schema: { type: "string" } },
};

const paths = (): Record<string, Record<string, object>> => {
  const result: Record<string, Record<string, object>> = {};
  for (const route of ROUTES) {
    const methods = result[route.path] ?? {};
    methods[route.method.toLowerCase()] = operation(route);
    result[route.path] = methods;
  }
  return result;
};

const operation = (route: NamedRoute): object => {
  const doc = OPERATIONS[route.name];
  const parameters = parametersOf(route, doc.query);
  return {
    operationId: route.name,
    tags: [doc.tag],
    summary: SUMMARIES[route.name],
    description: doc.description,
    security: route.auth.map(securityOf),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(doc.body === undefined ? {} : { requestBody: requestBody(route.name, doc, doc.body) }),
    responses: { ...successes(route.name, doc), ...problems(problemsOf(doc, route.auth.length === 0)) },
  };
};

const requestBody = (name: RouteName, doc: OperationDoc, body: NonNullable<OperationDoc["body"]>): object => ({
  required: true,
  description: `At most ${maxBodyBytesOf(doc)} bytes.`,
  content: { "application/json": { schema: refTo(body), ...requestExamples(name) } },
});

const requestExamples = (name: RouteName): object => {
  const { example } = exampleOf(REQUEST_EXAMPLES, name);
  const { example: ofAgent } = exampleOf(AGENT_REQUEST_EXAMPLES, name);
  return ofAgent === undefined
    ? { example }
    : {
        examples: {
          operator: { summary: "From an operator", value: example },
          agent: { summary: "From an agent", value: ofAgent },
        },
      };
};

/** The status of an answer that is a file, which is fetched from its link. */
const SEE_OTHER = "303";
/** The status of an answer without a body. */
const NOT_MODIFIED = "304";

const successes = (name: RouteName, doc: OperationDoc): Record<string, object> => {
  if (doc.answer === "none") {
    const content = doc.otherAnswers === undefined ? {} : { content: doc.otherAnswers };
    return Object.fromEntries(
      Object.entries(doc.success).map(([status, text]) => [status, { description: text, ...content }]),
    );
  }
  const contentOf = (status: string): object => {
    if (status === SEE_OTHER) return { "application/problem+json": { schema: refTo("LargeAnswer") } };
    const from = doc.answersAs?.[Number(status)] ?? name;
    const { answer, otherAnswers } = OPERATIONS[from];
    const schema = answer === undefined || answer === "none" ? { type: "object" } : refTo(answer);
    return { "application/json": { schema, ...exampleOf(RESPONSE_EXAMPLES, from) }, ...otherAnswers };
  };
  const headers = doc.attachment
    ? { headers: { "Content-Disposition": { $ref: "#/components/headers/ContentDisposition" } } }
    : {};
  return Object.fromEntries(
    Object.entries(doc.success).map(([status, text]) => [
      status,
      status === NOT_MODIFIED
        ? { description: text }
        : { description: text, ...headers, content: contentOf(status), ...linksOf(name) },
    ]),
  );
};

const problems = (codes: readonly ProblemCode[]): Record<string, object> =>
  Object.fromEntries(byStatus(codes).map(([status, group]) => [status, problemAnswer(status, group)]));

const problemAnswer = (status: number, codes: readonly ProblemCode[]): object => ({
  description: codes.map((code) => `\`${code}\`: ${PROBLEM_DOCS[code].when}.`).join("\n\n"),
  ...(RETRIED.has(status) ? { headers: { "Retry-After": { $ref: "#/components/headers/RetryAfter" } } } : {}),
  content: {
    "application/problem+json": {
      schema: refTo("Problem"),
      examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
    },
  },
});

const RETRIED: ReadonlySet<number> = new Set([PROBLEM_STATUS.TooManyRequests, PROBLEM_STATUS.Unavailable]);

const exampleOf = (examples: Partial<Record<RouteName, object>>, name: RouteName): { example?: object } => {
  const example = examples[name];
  return example === undefined ? {} : { example };
};
