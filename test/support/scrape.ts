import { expect } from "vitest";
import type { App, CallOptions } from "./app.ts";

/** The samples of a text in Prometheus' format or OpenMetrics, by their name with its labels as written. */
export const samplesIn = (text: string): Record<string, number> =>
  Object.fromEntries(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => {
        const at = line.lastIndexOf(" ");
        return [line.slice(0, at), Number(line.slice(at + 1).replace("+Inf", "Infinity"))];
      }),
  );

/** What a scrape of the server tells. */
export const scrape = async (app: App, options: CallOptions = {}): Promise<Record<string, number>> => {
  const answer = await app.call("GET", "/metrics", options);
  expect(answer.status, answer.text).toBe(200);
  return samplesIn(answer.text);
};
