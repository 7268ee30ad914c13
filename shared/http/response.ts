import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";

export type ApiResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** The file's name, if the body is stored as a file. */
  readonly fileName?: string;
};

/** A JSON answer. */
export const json = (status: number, value: unknown, headers: Record<string, string> = {}): ApiResponse => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(value),
});

/** A file to save under a name (RFC 6266). */
export const attachment = (contentType: string, fileName: string, body: string | Uint8Array): ApiResponse => ({
  status: 200,
  headers: { "content-type": contentType, "content-disposition": `attachment; filename="${fileName}"` },
  body,
  fileName,
});

/** The answer in API Gateway's form, with the headers of every answer. No cache may store it unless its route says so. */
export const toGatewayResult = (response: ApiResponse, requestId: string): APIGatewayProxyStructuredResultV2 => {
  const binary = typeof response.body !== "string";
  return {
    statusCode: response.status,
    headers: {
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-request-id": requestId,
      ...response.headers,
    },
    body: typeof response.body === "string" ? response.body : Buffer.from(response.body).toString("base64"),
    isBase64Encoded: binary,
  };
};
