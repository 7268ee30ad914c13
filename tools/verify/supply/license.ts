/** Licenses that ask for no more than their notice (SPDX identifiers). */
const PERMISSIVE = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "Unlicense",
  "Zlib",
]);

/** Names that are no SPDX identifiers, as older packages have them. */
const OLD_NAMES: Record<string, string> = { "MIT/X11": "MIT" };

/**
 * Whether a license, an SPDX expression, asks for no more than its notice: of what is joined by OR one part is enough, of
 * what is joined by AND every part counts. What is not known is not permissive.
 */
export const isPermissive = (expression: string): boolean => {
  const tokens = expression.match(/\(|\)|[^\s()]+/g) ?? [];
  let at = 0;
  const primary = (): boolean => {
    const token = tokens[at];
    at += 1;
    if (token !== "(") return PERMISSIVE.has(OLD_NAMES[token ?? ""] ?? token ?? "");
    const inner = either();
    const closed = tokens[at] === ")";
    at += 1;
    return inner && closed;
  };
  const all = (): boolean => {
    let value = primary();
    for (; tokens[at] === "AND"; value = primary() && value) at += 1;
    return value;
  };
  const either = (): boolean => {
    let value = all();
    for (; tokens[at] === "OR"; value = all() || value) at += 1;
    return value;
  };
  const value = either();
  return value && at === tokens.length;
};
