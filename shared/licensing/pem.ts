export type PemBlock = { ok: true; der: Uint8Array } | { ok: false; reason: string };

/**
 * The first `limit` `CERTIFICATE` blocks of a PEM text (RFC 7468), in their order. Other text is ignored. For a block that
 * is not base64, there is a reason, which does not quote the text.
 */
export const certificateBlocks = (pem: string, limit: number): PemBlock[] => {
  const blocks: PemBlock[] = [];
  let from = pem.indexOf(BEGIN);
  while (from !== -1 && blocks.length < limit) {
    const end = pem.indexOf(END, from);
    blocks.push(end === -1 ? { ok: false, reason: "has no end" } : decode(pem.slice(from + BEGIN.length, end)));
    from = end === -1 ? -1 : pem.indexOf(BEGIN, end);
  }
  return blocks;
};

const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";
const BASE64 = /^(?=.)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const decode = (text: string): PemBlock => {
  const base64 = text.replace(/\s+/g, "");
  return BASE64.test(base64)
    ? { ok: true, der: new Uint8Array(Buffer.from(base64, "base64")) }
    : { ok: false, reason: "is not base64" };
};
