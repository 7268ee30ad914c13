import type * as v from "valibot";
import { check } from "../contract/check.ts";
import { UNKNOWN_PARAMETER } from "../contract/queries.ts";
import { MAX_BODY_BYTES } from "../contract/requests.ts";
import { ApiProblem, badRequest } from "./problem.ts";
import type { ApiRequest } from "./request.ts";

/** The JSON body in the form of a schema; 413, 415 or a 400 with every fault otherwise. */
export const parseBody = <T>(
  request: ApiRequest,
  schema: v.GenericSchema<unknown, T>,
  maxBytes: number = MAX_BODY_BYTES,
): T => {
  if (request.body.byteLength > maxBytes)
    throw new ApiProblem("PayloadTooLarge", `the body has ${request.body.byteLength} bytes; the limit is ${maxBytes}`);
  if (!/^application\/([\w.-]+\+)?json *(;|$)/i.test(request.header("content-type") ?? ""))
    throw new ApiProblem("UnsupportedMediaType", "the body must be JSON, with content-type application/json", {
      headers: { accept: "application/json" },
    });
  const result = check(schema, parseJson(request.body));
  if (!result.ok) throw badRequest(result.faults);
  return result.value;
};

/** The query parameters in the form of a schema; a 400 with every fault otherwise, unknown and repeated ones included. */
export const parseQuery = <T>(request: ApiRequest, schema: v.GenericSchema<unknown, T>): T => {
  const repeated = [...new Set(request.query.keys())].filter((name) => request.query.getAll(name).length > 1);
  const result = check(schema, Object.fromEntries(request.query), "query");
  const faults = [
    ...repeated.map((name) => ({ path: `query.${name}`, message: "is given more than once" })),
    ...PASSED_OVER.filter((name) => request.query.has(name)).map((name) => ({
      path: `query.${name}`,
      message: UNKNOWN_PARAMETER,
    })),
    ...(result.ok ? [] : result.faults),
  ];
  if (!result.ok || faults.length > 0) throw badRequest(faults);
  return result.value;
};

// Valibot leaves these keys out of any object before it checks it, so it cannot call them unknown.
const PASSED_OVER = ["__proto__", "constructor", "prototype"];

const parseJson = (body: Uint8Array): unknown => {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw badRequest([{ path: "", message: "the body is not valid UTF-8" }]);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw badRequest([{ path: "", message: "the body is not valid JSON" }]);
  }
};
