/** Licenses that require only their notice (SPDX identifiers). */
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

/** Names in older packages that are not SPDX identifiers. */
const OLD_NAMES: Record<string, string> = { "MIT/X11": "MIT" };

/**
 * Whether a license, an SPDX expression, requires only its notice. With OR one permissive part is enough; with AND every part
 * must be permissive. An unknown license is not permissive.
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
