import { createHash } from "node:crypto";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { EncodedDocument } from "../../shared/http/encoded-document.ts";

/** Compresses a text as far as it goes, which takes a second for half a megabyte. */
export const encodeDocument = (text: string): EncodedDocument => {
  const br = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: Buffer.byteLength(text) } });
  const gzip = gzipSync(text, { level: constants.Z_BEST_COMPRESSION });
  return {
    br: br.toString("base64"),
    gzip: gzip.toString("base64"),
    etags: { br: etagOf(br), gzip: etagOf(gzip), identity: etagOf(text) },
  };
};

/** A strong validator: equal for equal bytes alone (RFC 9110, section 8.8.1). */
export const etagOf = (bytes: string | Uint8Array): string =>
  `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 27)}"`;
