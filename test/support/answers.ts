import * as v from "valibot";
import { expect } from "vitest";
import * as catalog from "../../shared/contract/catalog-answers.ts";
import * as policyAnswers from "../../shared/contract/policy-answers.ts";
import type { ProblemCode } from "../../shared/contract/problems.ts";
import * as schemas from "../../shared/contract/response-schemas.ts";
import type { RouteName } from "../../shared/contract/routes.ts";
import type { Answer } from "./app.ts";

/** The JSON answer of each route, where it has one of a fixed shape. */
const SHAPES = {
  health: schemas.HealthResponse,
  jwks: schemas.JwksResponse,
  licenseGet: schemas.LicenseGetResponse,
  licensePost: schemas.LicensePostResponse,
  heartbeat: schemas.HeartbeatResponse,
  sessionStart: schemas.SessionStartResponse,
  sessionEnd: schemas.SessionEndResponse,
  sessionList: schemas.SessionListResponse,
  sessionKillAll: schemas.SessionKillAllResponse,
  operatorList: schemas.OperatorListResponse,
  seatList: schemas.SeatListResponse,
  seatHistory: schemas.SeatHistoryResponse,
  seatForecast: schemas.SeatForecastResponse,
  auditList: schemas.AuditListResponse,
  usageReport: schemas.UsageReport,
  usageTrends: schemas.UsageTrends,
  errorReport: schemas.ErrorReport,
  denialReport: schemas.DenialReport,
  catalogList: catalog.CatalogListResponse,
  catalogGet: catalog.CatalogEntry,
  catalogPut: catalog.CatalogChangeResponse,
  catalogRestore: catalog.CatalogChangeResponse,
  catalogApply: catalog.CatalogApplyResponse,
  catalogHistory: catalog.CatalogHistoryResponse,
  catalogStatus: catalog.CatalogStatusResponse,
  catalogPrune: catalog.CatalogPruneResponse,
  catalogAccept: catalog.CatalogAcceptResponse,
  policyEvaluate: policyAnswers.EvaluateResponse,
  policyImpact: policyAnswers.ImpactResponse,
  job: policyAnswers.JobResponse,
} as const satisfies Partial<Record<RouteName, v.GenericSchema>>;

export type ShapedRoute = keyof typeof SHAPES;

/** A success: the status, the content type, and a body with exactly the fields that the contract has. */
export const expectSuccess = <Name extends ShapedRoute>(
  name: Name,
  answer: Answer,
  status = 200,
): v.InferOutput<(typeof SHAPES)[Name]> => {
  expect({ status: answer.status, problem: answer.json?.code, errors: answer.json?.errors }).toEqual({ status });
  expect(answer.headers["content-type"]).toBe("application/json");
  expectCommonHeaders(answer);
  // What the schema does not know it drops: a field that is not in the contract shows as a difference.
  expect(v.parse(SHAPES[name], answer.json)).toEqual(answer.json);
  return answer.json;
};

/** A problem (RFC 9457) of exactly this status and code; `paths` are the places of all faults of a bad input. */
export const expectProblem = (answer: Answer, status: number, code: ProblemCode, paths?: readonly string[]): Answer => {
  expect({ status: answer.status, code: answer.json?.code }).toEqual({ status, code });
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expectCommonHeaders(answer);
  const problem = v.parse(schemas.Problem, answer.json);
  expect(problem).toEqual(answer.json);
  expect(problem.status).toBe(status);
  expect(problem.request_id).toBe(answer.headers["x-request-id"]);
  expect(problem.detail).not.toBe("");
  if (paths !== undefined) expect(problem.errors?.map(({ path }) => path).toSorted()).toEqual([...paths].sort());
  for (const { message } of problem.errors ?? []) expect(message).not.toBe("");
  if (status === 429 || status === 503) expect(answer.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
  if (status === 401) expect(answer.headers["www-authenticate"]).toBeDefined();
  expect(answer.text).not.toMatch(INTERNALS);
  return answer;
};

// Stack frames, error classes, paths of our own files, and what lies behind the server.
const INTERNALS =
  /\bat [^ ]+ \(|\.[cm]?[jt]s:\d+|node_modules|\b[A-Z]\w*(Error|Exception)\b|dynamo|\/var\/task|valibot/i;

const expectCommonHeaders = ({ headers }: Answer): void => {
  expect(headers["x-request-id"]).toMatch(/./);
  expect(headers["x-content-type-options"]).toBe("nosniff");
  expect(headers["cache-control"]).toBeDefined();
};
