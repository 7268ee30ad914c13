import type { Clock } from "../../../agent/wire/clock.ts";

export type Progress = { report(line: string): void; done(): void };

type Output = { isTTY?: boolean; columns?: number; write(text: string): unknown };

const REDRAW_MS = 100;
const PLAIN_MS = 5_000;

/** Shows the progress of a run: one line that changes on a terminal, elsewhere a plain line every few seconds. */
export const createProgress = (output: Output, clock: Pick<Clock, "now">): Progress => {
  const terminal = output.isTTY === true;
  let shownAt = Number.NEGATIVE_INFINITY;
  return {
    report: (line) => {
      if (clock.now() - shownAt < (terminal ? REDRAW_MS : PLAIN_MS)) return;
      shownAt = clock.now();
      output.write(terminal ? `\r\u001b[K${line.slice(0, (output.columns ?? 80) - 1)}` : `${line}\n`);
    },
    done: () => {
      if (terminal) output.write("\r\u001b[K");
    },
  };
};
