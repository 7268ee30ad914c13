import { brotliDecompressSync } from "node:zlib";
import { matchesAnyETag } from "../policies/catalog/etag.ts";
import { type Encoding, preferredEncoding } from "./accept-encoding.ts";
import type { ApiRequest } from "./request.ts";
import type { ApiResponse } from "./response.ts";

/** A text as the build compresses it, in base64, and the ETag of each of its forms. */
export type EncodedDocument = {
  readonly br: string;
  readonly gzip: string;
  readonly etags: Readonly<Record<Encoding, string>>;
};

export type DocumentAnswer = (request: ApiRequest, headers: Readonly<Record<string, string>>) => ApiResponse;

/**
 * Answers with a document in the encoding that the caller prefers, or with a 304 if the caller has it in that encoding (RFC 9110,
 * section 13.1.2). `headers` are those of both answers.
 */
export const documentAnswer = (document: EncodedDocument, contentType: string): DocumentAnswer => {
  const bodies = new Map<Encoding, Uint8Array>();
  const bodyIn = (encoding: Encoding): Uint8Array => {
    const known = bodies.get(encoding);
    if (known !== undefined) return known;
    const body =
      encoding === "identity" ? brotliDecompressSync(bodyIn("br")) : Buffer.from(document[encoding], "base64");
    bodies.set(encoding, body);
    return body;
  };
  return (request, headers) => {
    const encoding = preferredEncoding(request.header("accept-encoding"));
    const etag = document.etags[encoding];
    const both = { ...headers, etag, vary: "accept-encoding" };
    const ifNoneMatch = request.header("if-none-match");
    if (ifNoneMatch !== undefined && matchesAnyETag(ifNoneMatch, etag)) return { status: 304, headers: both, body: "" };
    const coding = encoding === "identity" ? {} : { "content-encoding": encoding };
    return { status: 200, headers: { ...both, ...coding, "content-type": contentType }, body: bodyIn(encoding) };
  };
};
