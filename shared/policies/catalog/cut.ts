const CUT_MARK = "…";

/** The start of a text that fits, without half a character at its end. */
export const cut = (text: string, maxBytes: number): string => {
  const bytes = Buffer.from(text);
  if (bytes.byteLength <= maxBytes) return text;
  let end = maxBytes - Buffer.byteLength(CUT_MARK);
  // A byte 10xxxxxx continues a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString() + CUT_MARK;
};
