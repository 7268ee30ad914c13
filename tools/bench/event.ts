import { randomUUID } from "node:crypto";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { FunctionName } from "../../shared/contract/functions.ts";
import type { EpochMs } from "../../shared/contract/time.ts";
import { toEvent } from "../local/event.ts";
import { routeTarget } from "../local/route-key.ts";

export type Call = { readonly method: string; readonly path: string; readonly body: string };

/** The event that a call with the license key comes to its function as. */
export const eventOf = ({ method, path, body }: Call, licenseKey: string, now: EpochMs): APIGatewayProxyEventV2 => {
  const request = {
    method,
    path,
    rawQuery: "",
    headers: { "x-license-key": [licenseKey], "content-type": ["application/json"], host: ["license.example.com"] },
    body: Buffer.from(body),
    sourceIp: "127.0.0.1",
    secure: true,
    port: 443,
  };
  return toEvent(request, routeTarget(method, path), { requestId: randomUUID(), nowMs: now });
};

/** Whose event it is. */
export const functionOf = ({ method, path }: Pick<Call, "method" | "path">): FunctionName =>
  routeTarget(method, path).function;
