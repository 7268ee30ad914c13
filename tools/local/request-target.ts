export type ParsedTarget =
  | { kind: "inside"; path: string; rawQuery: string }
  /** The base path itself, without the slash that a relative reference needs after it. */
  | { kind: "bare" }
  /** Not under the base path, where no API is mapped. */
  | { kind: "outside" }
  | { kind: "malformed"; reason: string };

/**
 * Reads a request target (RFC 9112, section 3.2) the way an HTTP API behind a custom domain does: the base path is
 * taken off, the path is decoded, the query stays as it came. `basePath` is "" or starts with a slash and ends without.
 */
export const parseTarget = (target: string, basePath: string): ParsedTarget => {
  if (!/^[!-~]*$/.test(target))
    return { kind: "malformed", reason: "percent-encode all of the address but ASCII, as UTF-8" };
  const origin = target.replace(/^https?:\/\/[^/?#]*/i, "");
  const withoutFragment = origin.split("#")[0] ?? "";
  const mark = withoutFragment.indexOf("?");
  const rawQuery = mark === -1 ? "" : withoutFragment.slice(mark + 1);
  const path = decoded(mark === -1 ? withoutFragment : withoutFragment.slice(0, mark));
  if (path === undefined) return { kind: "malformed", reason: "the path is not percent-encoded UTF-8" };
  if (!(path === "" || path === "*" || path.startsWith("/")))
    return { kind: "malformed", reason: "the path does not begin with a slash" };
  if (path !== basePath && !path.startsWith(`${basePath}/`) && basePath !== "") return { kind: "outside" };
  if (path === basePath && basePath !== "") return { kind: "bare" };
  return { kind: "inside", path: path.slice(basePath.length) || "/", rawQuery };
};

const decoded = (path: string): string | undefined => {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
};
