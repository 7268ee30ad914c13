/** The lines that are open, each with its indentation and the levels that its indicators open. */
type Open = { indent: number; levels: number };

const INDICATOR = /^[-?:]$/;
const COMMENT_OR_BREAK = /^(?:#|[\r\n])/;

/**
 * Follows how deep block collections are, over the tokens of a lexer outside brackets. A line opens a level for each of its
 * indicators, until a line with less indentation comes. The parser recurses once for each level.
 */
export const createIndents = () => {
  const open: Open[] = [];
  let [total, indent]: [number, number | undefined] = [0, 0];
  const begin = (at: number): void => {
    while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= at) total -= open.pop()?.levels ?? 0;
    open.push({ indent: at, levels: 0 });
  };
  return {
    /** `isText`: the token is the text of a scalar. */
    read: (token: string, isText: boolean): void => {
      if (token.endsWith("\n")) {
        indent = 0;
        return;
      }
      if (indent !== undefined && /^ +$/.test(token)) {
        indent += token.length;
        return;
      }
      if (indent !== undefined && (isText || !COMMENT_OR_BREAK.test(token))) {
        begin(indent);
        indent = undefined;
      }
      const line = open.at(-1);
      if (isText || line === undefined || !INDICATOR.test(token)) return;
      line.levels += 1;
      total += 1;
    },
    depth: (): number => total,
  };
};
