/** Where a command writes: results on `out`, progress and remarks on `err`. */
export type Say = { out: (line: string) => void; progress: (line: string) => void; remark: (line: string) => void };

const EVERY_MS = 2_000;

/** Progress is one line that changes where a terminal shows it, else a line every few seconds. */
export const sayOn = (stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Say => {
  let last = Number.NEGATIVE_INFINITY;
  const clear = stderr.isTTY ? "\r\u001b[K" : "";
  return {
    out: (line) => {
      if (clear !== "") stderr.write(clear);
      stdout.write(`${line}\n`);
    },
    remark: (line) => stderr.write(`${clear}${line}\n`),
    progress: (line) => {
      if (performance.now() - last < (stderr.isTTY ? 100 : EVERY_MS)) return;
      last = performance.now();
      stderr.write(stderr.isTTY ? `${clear}${line.slice(0, (stderr.columns ?? 80) - 1)}` : `${line}\n`);
    },
  };
};
