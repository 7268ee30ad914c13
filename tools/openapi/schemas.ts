import { type ConversionConfig, type JsonSchema, toJsonSchema, toJsonSchemaDefs } from "@valibot/to-json-schema";
import type * as v from "valibot";
import * as catalog from "../../shared/contract/catalog.ts";
import * as catalogAnswers from "../../shared/contract/catalog-answers.ts";
import { wellFormed } from "../../shared/contract/fields.ts";
import * as policyAnswers from "../../shared/contract/policy-answers.ts";
import { oneKind, PolicyFacts } from "../../shared/contract/policy-facts.ts";
import * as policyRequests from "../../shared/contract/policy-requests.ts";
import { PROBLEM_STATUS } from "../../shared/contract/problems.ts";
import * as requests from "../../shared/contract/requests.ts";
import * as responses from "../../shared/contract/response-schemas.ts";
import { describeFields } from "./field-docs.ts";

/** The named schemas of the document. Each object is listed once, because two names for one object would collide. */
export const COMPONENTS = {
  LicensePost: requests.LicensePostBody,
  Heartbeat: requests.HeartbeatBody,
  SessionStart: requests.SessionStartBody,
  SessionEnd: requests.SessionEndBody,
  SessionEndEvent: requests.SessionEndEvent,
  SessionChangeEvent: requests.SessionChangeEvent,
  OperatorErrorEvent: requests.OperatorErrorEvent,
  SessionChild: requests.SessionChild,
  SessionStopEvent: requests.SessionStopEvent,
  Agent: requests.Agent,
  Client: requests.Client,
  Target: requests.Target,
  PolicyFacts,
  LockedPort: requests.Port,
  HealthResponse: responses.HealthResponse,
  JwksResponse: responses.JwksResponse,
  License: responses.LicenseObject,
  LicenseStatus: responses.LicenseStatus,
  Lease: responses.LeaseObject,
  LeaseReason: responses.LeaseReason,
  LicenseGetResponse: responses.LicenseGetResponse,
  LicensePostResponse: responses.LicensePostResponse,
  HeartbeatResponse: responses.HeartbeatResponse,
  SeatNumbers: responses.SeatNumbers,
  SessionStartResponse: responses.SessionStartResponse,
  SessionEndResponse: responses.SessionEndResponse,
  SessionListResponse: responses.SessionListResponse,
  SeatListResponse: responses.SeatListResponse,
  SeatHistoryDay: responses.SeatHistoryDay,
  SeatHistoryResponse: responses.SeatHistoryResponse,
  SeatForecastResponse: responses.SeatForecastResponse,
  AuditListResponse: responses.AuditListResponse,
  SessionKillAllResponse: responses.SessionKillAllResponse,
  OperatorListResponse: responses.OperatorListResponse,
  CatalogPut: catalog.CatalogPutBody,
  CatalogChange: catalog.CatalogChange,
  CatalogApply: catalog.CatalogApplyBody,
  CatalogRestore: catalog.CatalogRestoreBody,
  CatalogPrune: catalog.CatalogPruneBody,
  CatalogAccept: catalog.CatalogAcceptBody,
  CatalogStatus: catalog.CatalogStatus,
  CatalogEntry: catalogAnswers.CatalogEntry,
  CatalogListResponse: catalogAnswers.CatalogListResponse,
  CatalogSetResponse: catalogAnswers.CatalogSetResponse,
  CatalogChangeResponse: catalogAnswers.CatalogChangeResponse,
  CatalogApplyResponse: catalogAnswers.CatalogApplyResponse,
  CatalogHistoryResponse: catalogAnswers.CatalogHistoryResponse,
  CatalogStatusResponse: catalogAnswers.CatalogStatusResponse,
  CatalogPruneResponse: catalogAnswers.CatalogPruneResponse,
  PolicyEvaluate: policyRequests.EvaluateBody,
  PolicyImpact: policyRequests.ImpactBody,
  PolicyEvaluateResponse: policyAnswers.EvaluateResponse,
  PolicyImpactResponse: policyAnswers.ImpactResponse,
  JobResponse: policyAnswers.JobResponse,
  CatalogAcceptResponse: catalogAnswers.CatalogAcceptResponse,
  UsageReport: responses.UsageReport,
  TrendDay: responses.TrendDay,
  UsageTrends: responses.UsageTrends,
  ErrorReport: responses.ErrorReport,
  DenialReport: responses.DenialReport,
  LargeAnswer: responses.LargeAnswer,
  Problem: responses.Problem,
} satisfies Record<string, v.GenericSchema>;

export type ComponentName = keyof typeof COMPONENTS;

export const refTo = (name: ComponentName): { $ref: string } => ({ $ref: `#/components/schemas/${name}` });

/** The named schemas as JSON Schema (2020-12, the dialect of OpenAPI 3.1), with what the decoders do not express. */
export const componentSchemas = (): Record<ComponentName, JsonSchema> => {
  const schemas = toJsonSchemaDefs(COMPONENTS, {
    ...CONVERSION,
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  });
  completeHeartbeat(schemas.Heartbeat);
  // Null counts as absent.
  const present = (types: Readonly<Record<string, "string" | "array" | "object">>): JsonSchema => ({
    required: Object.keys(types),
    properties: Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type }])),
  });
  schemas.Heartbeat.anyOf = [present({ operator_version: "string", sessions: "array" }), present({ agent: "object" })];
  schemas.LicensePost.anyOf = [present({ operator_version: "string" }), present({ agent: "object" })];
  schemas.SessionStart.anyOf = [
    present({ client: "object" }),
    { required: ["session_kind"], properties: { session_kind: { const: "preview" } } },
  ];
  const codes = Object.keys(PROBLEM_STATUS);
  propertiesOf(schemas.Problem)["code"] = { type: "string", enum: codes, description: "Stable: clients branch on it." };
  describeFields(schemas);
  return schemas;
};

/** One schema as JSON Schema, in place. */
export const inlineSchema = (schema: v.GenericSchema): JsonSchema => {
  const { $schema, ...rest } = toJsonSchema(schema, CONVERSION);
  return rest;
};

export const propertiesOf = (schema: JsonSchema): NonNullable<JsonSchema["properties"]> => {
  if (schema.properties === undefined) throw new Error("the schema has no properties");
  return schema.properties;
};

// What `printable` refuses, except lone surrogates, which well-formed JSON text cannot contain.
const PRINTABLE = "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*$";

// As `Id` has it, and without dot segments.
const NEW_ID = "^(?!(?:.*/)?\\.{1,2}(?:/|$))[A-Za-z0-9._:@/+=-]{1,128}$";

const [, isTime] = requests.Time.pipe;

const CONVERSION: ConversionConfig = {
  target: "draft-2020-12",
  typeMode: "input",
  // JSON Schema cannot express functions. The checks used here are translated by their meaning.
  overrideAction: ({ valibotAction, jsonSchema }) => {
    if (valibotAction === isTime) return { ...jsonSchema, format: "date-time" };
    if (valibotAction === requests.withoutDotSegments) return { ...jsonSchema, pattern: NEW_ID };
    if (valibotAction === catalog.smallGlobs || valibotAction === wellFormed) return jsonSchema;
    if (valibotAction === requests.printable) return { ...jsonSchema, pattern: PRINTABLE };
    if (valibotAction === oneKind)
      return { ...jsonSchema, oneOf: Object.keys(jsonSchema.properties ?? {}).map((kind) => ({ required: [kind] })) };
    return valibotAction.type === "partial_check" ? jsonSchema : undefined;
  },
};

// The decoder checks a heartbeat's events one by one and answers 413 over a limit, so its schema has neither.
const completeHeartbeat = (heartbeat: JsonSchema): void => {
  const { sessions, started, ended, changed, errors, children, stopped } = requests.HEARTBEAT_LIMITS;
  const properties = propertiesOf(heartbeat);
  properties["sessions"] = withMaxItems(properties["sessions"], sessions);
  properties["started"] = listOrNull("SessionStart", started);
  properties["ended"] = listOrNull("SessionEndEvent", ended);
  properties["changed"] = listOrNull("SessionChangeEvent", changed);
  properties["errors"] = listOrNull("OperatorErrorEvent", errors);
  properties["children"] = listOrNull("SessionChild", children);
  properties["catalog_status"] = { anyOf: [refTo("CatalogStatus"), { type: "null" }] };
  properties["stopped"] = listOrNull("SessionStopEvent", stopped);
};

const listOrNull = (name: ComponentName, maxItems: number): JsonSchema => ({
  anyOf: [{ type: "array", items: refTo(name), maxItems }, { type: "null" }],
});

// The list of an optional field, which may be null.
const withMaxItems = (schema: JsonSchema | boolean | undefined, maxItems: number): JsonSchema => {
  if (typeof schema !== "object") throw new Error("the field is not described");
  return {
    ...schema,
    anyOf: (schema.anyOf ?? []).map((part) =>
      typeof part === "object" && part.type === "array" ? { ...part, maxItems } : part,
    ),
  };
};
