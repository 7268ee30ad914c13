/**
 * Splits chunks of text into lines for `onLine`. Only `\n` ends a line, as in a stream of JSON messages: Node's `readline` also
 * ends one at U+2028 and U+2029, which a JSON text may contain as they are (RFC 8259, section 7).
 */
export const linesOf = (onLine: (line: string) => void): ((chunk: string) => void) => {
  let open: string[] = [];
  return (chunk) => {
    const [first = "", ...others] = chunk.split("\n");
    open.push(first);
    for (const start of others) {
      onLine(open.join(""));
      open = [start];
    }
  };
};
