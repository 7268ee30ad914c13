import { styleText } from "node:util";
import type { Output } from "./system.ts";

export type Colour = "green" | "yellow" | "red" | "bold" | "dim";

/** Colours text on a terminal, unless `NO_COLOR` is set (no-color.org). */
export const painter =
  (output: Output, env: NodeJS.ProcessEnv) =>
  (colour: Colour, text: string): string =>
    output.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb"
      ? styleText(colour, text, { validateStream: false })
      : text;

export type Paint = ReturnType<typeof painter>;
