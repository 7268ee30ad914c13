const LINE_FEED = 0x0a;

/** Cuts a stream of bytes into lines. `onLine` gets each line without its end. */
export const createLines = (onLine: (line: Buffer) => void): ((chunk: Buffer) => void) => {
  let open: Buffer[] = [];
  return (chunk) => {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      const last = chunk.subarray(from, end);
      const line = open.length === 0 ? last : Buffer.concat([...open, last]);
      open = [];
      from = end + 1;
      if (line.length > 0) onLine(line);
    }
    if (from < chunk.length) open.push(chunk.subarray(from));
  };
};
