/** A JSON value as text that does not depend on the order of the keys. */
export const canonicalJson = (value: unknown): string => JSON.stringify(sorted(value)) ?? "null";

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, field]) => [name, sorted(field)]),
  );
};
