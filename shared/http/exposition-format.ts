import type { ExpositionFormat } from "../telemetry/exposition.ts";

/**
 * The format a scraper prefers by its `Accept` header (RFC 9110, section 12.5.1). Prometheus text where it does not say, and
 * where it takes neither: to read something is better than a scrape that fails.
 */
export const preferredFormat = (accept: string | undefined): ExpositionFormat => {
  const ranges = (accept ?? "").split(",").map(readRange);
  const openmetrics = weightOf(ranges, [OPENMETRICS]);
  const text = weightOf(ranges, ["text/plain", "text/*", "*/*"]);
  return openmetrics > 0 && openmetrics >= text ? "openmetrics" : "prometheus";
};

type Range = { type: string; version: string | undefined; weight: number };

const readRange = (text: string): Range => {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const value = (name: string) =>
    parameters
      .find((parameter) => parameter.startsWith(`${name}=`))
      ?.slice(name.length + 1)
      .replace(/^"(.*)"$/, "$1");
  const weight = Number(value("q") ?? 1);
  return { type, version: value("version"), weight: Number.isNaN(weight) ? 0 : weight };
};

// Of the drafts before 1.0 we write none.
const weightOf = (ranges: readonly Range[], types: readonly string[]): number =>
  ranges
    .filter(({ type, version }) => types.includes(type) && (type !== OPENMETRICS || (version ?? "1.0.0") === "1.0.0"))
    .reduce((most, { weight }) => Math.max(most, weight), 0);

const OPENMETRICS = "application/openmetrics-text";
