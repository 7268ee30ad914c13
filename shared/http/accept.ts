/** A media type that a route can answer with, and the version that a range may name. */
export type Offer = { type: string; version?: string };

/**
 * Whether a caller prefers a route's special type to its usual one, by its `Accept` header (RFC 9110, section 12.5.1). It
 * does if the header names the type itself and gives the usual one no more weight. Otherwise the usual type is the answer,
 * also to a caller that accepts neither: something readable is better than an error.
 */
export const prefers = (accept: string | undefined, special: Offer, usual: string): boolean => {
  const ranges = (accept ?? "").split(",").map(readRange);
  const weight = heaviest(
    ranges.filter(({ type, version }) => type === special.type && (version ?? special.version) === special.version),
  );
  return weight !== undefined && weight > 0 && weight >= usualWeight(ranges, usual);
};

type Range = { type: string; version: string | undefined; weight: number };

const readRange = (text: string): Range => {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const value = (name: string) =>
    parameters
      .find((parameter) => parameter.startsWith(`${name}=`))
      ?.slice(name.length + 1)
      .replace(/^"(.*)"$/, "$1");
  const weight = Number(value("q") ?? 1);
  return { type, version: value("version"), weight: weight >= 0 && weight <= 1 ? weight : 0 };
};

// The most specific range that matches a type has its weight.
const usualWeight = (ranges: readonly Range[], usual: string): number => {
  const [group] = usual.split("/");
  for (const name of [usual, `${group}/*`, "*/*"]) {
    const weight = heaviest(ranges.filter(({ type }) => type === name));
    if (weight !== undefined) return weight;
  }
  return 0;
};

const heaviest = (ranges: readonly Range[]): number | undefined =>
  ranges.length === 0 ? undefined : Math.max(...ranges.map(({ weight }) => weight));
