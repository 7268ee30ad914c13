import type { Output } from "./system.ts";

export type Progress = {
  report(line: string): void;
  /** Shows the progress of work whose size is known. */
  bar(so: number, of: number, unit: string): void;
  /** Removes the line, if there is one. */
  done(): void;
};

const BAR_WIDTH = 20;
const CLEAR = "\r\u001b[K";

/** Shows progress in one line that changes, on a terminal only. */
export const progressOn = (output: Output): Progress => {
  let isShown = false;
  const report = (line: string): void => {
    if (output.isTTY !== true) return;
    isShown = true;
    output.write(`${CLEAR}${line.slice(0, (output.columns ?? 80) - 1)}`);
  };
  return {
    report,
    bar: (so, of, unit) => {
      const full = of === 0 ? BAR_WIDTH : Math.min(BAR_WIDTH, Math.floor((so / of) * BAR_WIDTH));
      report(`[${"#".repeat(full).padEnd(BAR_WIDTH, "-")}] ${so} of ${of} ${unit}`);
    },
    done: () => {
      if (isShown) output.write(CLEAR);
      isShown = false;
    },
  };
};
