import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { SignatureV4 } from "@smithy/signature-v4";

export type Credentials = { accessKeyId: string; secretAccessKey: string };

export type SignedRequest = {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: Uint8Array;
};

export const REGION = "us-east-1";
const SERVICE = "dynamodb";
/** How far the time of a signature may be from now, as AWS allows. */
const WINDOW_MS = 5 * 60_000;

/**
 * Whether a request carries a signature of these credentials over all of it: AWS Signature Version 4, in the header
 * `Authorization` (IAM user guide, "AWS Signature Version 4 for API requests").
 */
export const isSigned = async (request: SignedRequest, credentials: Credentials, now: number): Promise<boolean> => {
  const given = request.headers.authorization ?? "";
  const signed = /SignedHeaders=([a-z0-9;-]+)/.exec(given)?.[1]?.split(";") ?? [];
  const date = dateOf(request.headers["x-amz-date"]);
  if (date === undefined || Math.abs(now - date.getTime()) > WINDOW_MS) return false;
  // The host and the operation decide what a request does, so they have to be signed.
  if (!signed.includes("host") || !signed.includes("x-amz-target")) return false;
  const signer = new SignatureV4({
    service: SERVICE,
    region: REGION,
    credentials,
    sha256: Sha256,
    // The hash of the body is computed here, whatever the request claims.
    applyChecksum: signed.includes(CONTENT_HASH),
  });
  const headers = Object.fromEntries(
    signed.filter((name) => name !== CONTENT_HASH).map((name) => [name, String(request.headers[name] ?? "")]),
  );
  const own = await signer.sign(
    {
      method: request.method,
      protocol: "http:",
      hostname: "127.0.0.1",
      path: request.path,
      headers,
      body: request.body,
    },
    { signingDate: date },
  );
  return isEqual(given, own.headers["authorization"] ?? "");
};

const CONTENT_HASH = "x-amz-content-sha256";

const dateOf = (text: string | string[] | undefined): Date | undefined => {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(text));
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
};

// Of equal length, as `timingSafeEqual` requires, whatever was sent.
const isEqual = (one: string, other: string): boolean => {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
};

class Sha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error("a hash is used once");
  }
}

const bytesOf = (data: string | ArrayBuffer | ArrayBufferView): string | Uint8Array => {
  if (typeof data === "string") return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
};
