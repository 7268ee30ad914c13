import type { Output } from "./system.ts";

export type Progress = { report(line: string): void; done(): void };

/** Says how far a long work is, in one line that changes; nothing where no terminal shows it. */
export const progressOn = (output: Output): Progress => {
  if (output.isTTY !== true) return { report: () => undefined, done: () => undefined };
  return {
    report: (line) => output.write(`\r\u001b[K${line.slice(0, (output.columns ?? 80) - 1)}`),
    done: () => output.write("\r\u001b[K"),
  };
};
