import type * as v from "valibot";
import { type Checked, check } from "../contract/check.ts";
import type { Fault } from "../contract/problems.ts";
import { NoQuery, UNKNOWN_PARAMETER } from "../contract/queries.ts";
import { MAX_BODY_BYTES } from "../contract/requests.ts";
import { REPLACEMENT, readUtf8 } from "../contract/utf8.ts";
import { ApiProblem, badRequest } from "./problem.ts";
import type { ApiRequest } from "./request.ts";

/** Faults found elsewhere in the request. */
type Others = { faults?: readonly Fault[] };

/**
 * The JSON body as a schema has it. Throws a 413, a 415, or a 400 with every fault. A query parameter is a fault, too.
 */
export const parseBody = <T>(
  request: ApiRequest,
  schema: v.GenericSchema<unknown, T>,
  options: Others & { maxBytes?: number } = {},
): T => parseBodyAndQuery(request, schema, NoQuery, options).body;

/** The same for a route with query parameters, too. */
export const parseBodyAndQuery = <T, Q>(
  request: ApiRequest,
  schema: v.GenericSchema<unknown, T>,
  querySchema: v.GenericSchema<unknown, Q>,
  { maxBytes = MAX_BODY_BYTES, faults: others = [] }: Others & { maxBytes?: number } = {},
): { body: T; query: Q } => {
  if (request.body.byteLength > maxBytes)
    throw new ApiProblem("PayloadTooLarge", `The body has ${request.body.byteLength} bytes, the limit is ${maxBytes}`);
  requirePlain(request);
  if (!/^application\/([\w.-]+\+)?json *(;|$)/i.test(request.header("content-type") ?? ""))
    throw new ApiProblem("UnsupportedMediaType", "The body must be JSON, with content-type application/json", {
      headers: { accept: "application/json" },
    });
  const query = checkQuery(request, querySchema);
  const json = parseJson(request);
  const body = json.ok ? check(schema, json.value) : json;
  const faults = [...(query.ok ? [] : query.faults), ...others, ...(body.ok ? [] : body.faults)];
  if (!body.ok || !query.ok || faults.length > 0) throw badRequest(faults);
  return { body: body.value, query: query.value };
};

// A small compressed body can be very large once it is inflated. RFC 9110, section 15.5.16, defines the header.
const requirePlain = (request: ApiRequest): void => {
  const coding = request.header("content-encoding")?.trim().toLowerCase() ?? "";
  if (coding === "" || coding === "identity") return;
  throw new ApiProblem("UnsupportedMediaType", "The body is compressed. Send it without content-encoding", {
    headers: { "accept-encoding": "identity" },
  });
};

/** The query parameters as a schema has them. Throws a 400 with every fault, unknown and repeated parameters included. */
export const parseQuery = <T>(
  request: ApiRequest,
  schema: v.GenericSchema<unknown, T>,
  { faults: others = [] }: Others = {},
): T => {
  const query = checkQuery(request, schema);
  if (!query.ok || others.length > 0) throw badRequest([...(query.ok ? [] : query.faults), ...others]);
  return query.value;
};

const checkQuery = <T>({ query }: ApiRequest, schema: v.GenericSchema<unknown, T>): Checked<T> => {
  const { parameters, faults: unreadable } = query;
  const repeated = [...new Set(parameters.keys())].filter((name) => parameters.getAll(name).length > 1);
  const result = check(schema, Object.fromEntries(parameters), "query");
  const faults = [
    ...unreadable,
    ...repeated.map((name) => ({ path: `query.${name}`, message: "is given more than once" })),
    ...PASSED_OVER.filter((name) => parameters.has(name)).map((name) => ({
      path: `query.${name}`,
      message: UNKNOWN_PARAMETER,
    })),
    ...(result.ok ? [] : result.faults),
  ];
  return faults.length > 0 ? { ok: false, faults } : result;
};

// Valibot drops these keys from an object before it checks it, so it does not report them as unknown.
const PASSED_OVER = ["__proto__", "constructor", "prototype"];

const parseJson = (request: ApiRequest): Checked<unknown> => {
  const reading = readUtf8(request.body);
  if (!reading.ok) return badBody(`is not valid UTF-8 at ${reading.place}`);
  if (isDamaged(reading.text, request)) return badBody("is not valid UTF-8");
  try {
    return { ok: true, value: JSON.parse(reading.text.replace(/^\ufeff/, "")) as unknown };
  } catch {
    return badBody("is not valid JSON");
  }
};

// The front may have decoded the body and put a replacement character, which has three bytes, in place of other bytes. A
// replacement character that the client sent is allowed.
const isDamaged = (text: string, { body, header }: ApiRequest): boolean =>
  text.includes(REPLACEMENT) && (header("content-length") ?? String(body.byteLength)) !== String(body.byteLength);

const badBody = (fault: string): Checked<unknown> => ({
  ok: false,
  faults: [{ path: "", message: `the body ${fault}` }],
});
