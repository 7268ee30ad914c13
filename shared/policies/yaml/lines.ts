/** The line of a value, and the lines of what is in it. Paths are not stored: a text can make them as long as it likes. */
export type Lines = { line: number; parts: Map<string, Lines> };

export const linesFrom = (line: number): Lines => ({ line, parts: new Map() });

/** The line of a path such as `spec.block.0`; of its nearest parent if the path does not exist. Keys may have dots. */
export const lineAtPath = (lines: Lines, path: string): number => {
  if (path === "") return lines.line;
  for (let end = path.indexOf("."); ; end = path.indexOf(".", end + 1)) {
    const part = lines.parts.get(end === -1 ? path : path.slice(0, end));
    if (part !== undefined) return lineAtPath(part, end === -1 ? "" : path.slice(end + 1));
    if (end === -1) return lines.line;
  }
};
