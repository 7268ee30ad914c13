import { validateHeaderName, validateHeaderValue } from "node:http";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";

export type Reply = { status: number; headers: Record<string, string | string[]>; body: Buffer };

/** Lambda's limit for the answer of a function (Lambda developer guide, "Lambda quotas"). */
export const MAX_RESULT_BYTES = 6 * 1024 * 1024;

/** An answer of API Gateway itself, not of a function. */
export const gatewayReply = (status: number, message: string): Reply => ({
  status,
  headers: { "content-type": "application/json" },
  body: Buffer.from(JSON.stringify({ message })),
});

/**
 * What API Gateway makes of a function's result, format version 2.0: structured, or any value as a JSON body.
 * Throws where the result cannot be sent over HTTP.
 */
export const replyOf = (result: unknown): Reply => {
  if (!isStructured(result)) {
    const body = typeof result === "string" ? result : (JSON.stringify(result) ?? "");
    return limited({ status: 200, headers: { "content-type": "application/json" }, body: Buffer.from(body) }, body);
  }
  const text = result.body ?? "";
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(result.headers ?? {})) {
    validateHeaderName(name);
    validateHeaderValue(name, String(value));
    if (!SET_BY_THE_CONNECTION.has(name.toLowerCase())) headers[name.toLowerCase()] = String(value);
  }
  if (result.cookies !== undefined && result.cookies.length > 0) headers["set-cookie"] = result.cookies;
  if (text !== "") headers["content-type"] ??= "text/plain; charset=utf-8";
  const body = Buffer.from(text, result.isBase64Encoded === true ? "base64" : "utf8");
  return limited({ status: result.statusCode, headers, body }, text);
};

type Structured = APIGatewayProxyStructuredResultV2 & { statusCode: number };

const isStructured = (result: unknown): result is Structured =>
  typeof result === "object" && result !== null && "statusCode" in result && isStatus(result.statusCode);

const isStatus = (value: unknown): boolean => {
  if (Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599) return true;
  throw new RangeError(`a function answered the status ${String(value)}`);
};

const SET_BY_THE_CONNECTION = new Set(["connection", "content-length", "keep-alive", "transfer-encoding"]);

const limited = (reply: Reply, text: string): Reply =>
  Buffer.byteLength(text) > MAX_RESULT_BYTES ? gatewayReply(500, "Internal Server Error") : reply;
