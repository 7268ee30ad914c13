/** Where a command writes: results to standard output, progress and notes to standard error. */
export type Printer = {
  result: (line: string) => void;
  progress: (line: string) => void;
  note: (line: string) => void;
};

const EVERY_MS = 2_000;

/** Progress is one line that changes where a terminal shows it, else a line every few seconds. */
export const printerOn = (stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Printer => {
  let last = Number.NEGATIVE_INFINITY;
  const clear = stderr.isTTY ? "\r\u001b[K" : "";
  return {
    result: (line) => {
      if (clear !== "") stderr.write(clear);
      stdout.write(`${line}\n`);
    },
    note: (line) => stderr.write(`${clear}${line}\n`),
    progress: (line) => {
      if (performance.now() - last < (stderr.isTTY ? 100 : EVERY_MS)) return;
      last = performance.now();
      stderr.write(stderr.isTTY ? `${clear}${line.slice(0, (stderr.columns ?? 80) - 1)}` : `${line}\n`);
    },
  };
};
