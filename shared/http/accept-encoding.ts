/** A form of a document: compressed by Brotli or gzip, or as it is. */
export type Encoding = "br" | "gzip" | "identity";

/**
 * The encoding of an answer, by the request's `Accept-Encoding` (RFC 9110, section 12.5.3): the one with the most weight; of equal ones
 * the smallest. Without the header, or if the caller accepts no other encoding, the document as it is.
 */
export const preferredEncoding = (header: string | undefined): Encoding => {
  const weights = weightsIn(header ?? "");
  const others = weights.get("*") ?? 0;
  const identity = weights.get("identity") ?? 0;
  const [best] = COMPRESSED.map((encoding) => ({ encoding, weight: weights.get(encoding) ?? others }))
    .filter(({ weight }) => weight > 0 && weight >= identity)
    .toSorted((one, other) => other.weight - one.weight);
  return best?.encoding ?? "identity";
};

/** In the order of preference. */
const COMPRESSED = ["br", "gzip"] as const;

const weightsIn = (header: string): Map<string, number> => {
  const weights = new Map<string, number>();
  for (const part of header.toLowerCase().split(",")) {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim());
    const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    const weight = Number(quality ?? 1);
    // An earlier name of gzip (RFC 9110, section 8.4.1.3).
    weights.set(name === "x-gzip" ? "gzip" : name, weight >= 0 && weight <= 1 ? weight : 0);
  }
  return weights;
};
