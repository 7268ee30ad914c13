export type Utf8Reading = { ok: true; text: string } | { ok: false; place: string };

/** Reads bytes as UTF-8; a byte order mark stays. If they are not valid, `place` is such as `line 3, byte 14`, from 1. */
export const readUtf8 = (bytes: Uint8Array): Utf8Reading => {
  try {
    return { ok: true, text: DECODER.decode(bytes) };
  } catch {
    return { ok: false, place: invalidPlace(Buffer.from(bytes)) };
  }
};

/** What a lenient decoder puts in place of bytes that are not valid UTF-8. */
export const REPLACEMENT = "\ufffd";

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const invalidPlace = (bytes: Buffer): string => {
  // Up to there the decoded text has the same bytes.
  const decoded = Buffer.from(bytes.toString("utf8"));
  let at = decoded.indexOf(REPLACEMENT);
  while (bytes.indexOf(REPLACEMENT, at) === at) at = decoded.indexOf(REPLACEMENT, at + 1);
  const before = bytes.subarray(0, at);
  return `line ${before.filter((byte) => byte === LINE_FEED).length + 1}, byte ${at - before.lastIndexOf(LINE_FEED)}`;
};

const LINE_FEED = 0x0a;
