import { PROMETHEUS_METRICS } from "../../shared/contract/metrics.ts";

const BEGIN = "<!-- metrics -->";
const END = "<!-- /metrics -->";

/** A document with the table of metrics from the contract. */
export const withMetricTable = (document: string): string => {
  const [before, rest] = split(document, BEGIN);
  const [, after] = split(rest, END);
  const rows = Object.entries(PROMETHEUS_METRICS).map(
    ([name, { type, help }]) => `| \`${name}\` | ${type} | ${help} |`,
  );
  return [before + BEGIN, "| metric | type | meaning |", "|---|---|---|", ...rows, END + after].join("\n");
};

const split = (text: string, mark: string): [string, string] => {
  const at = text.indexOf(mark);
  if (at === -1) throw new Error(`the document has no ${mark}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
};
