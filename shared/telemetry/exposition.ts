import { PROMETHEUS_METRICS, type PrometheusName } from "../contract/metrics.ts";

export type Labels = Readonly<Record<string, string>>;

/** `buckets` are cumulative: the number of observations up to `upTo`. The last one is infinite and counts all. */
export type HistogramValue = { buckets: readonly { upTo: number; count: number }[]; sum: number };

export type Sample = { labels?: Labels; value: number };
export type HistogramSample = { labels?: Labels; histogram: HistogramValue };

/** The samples of one metric. A metric without samples is left out. */
export type Family = { name: PrometheusName; samples: readonly (Sample | HistogramSample)[] };

export type ExpositionFormat = "prometheus" | "openmetrics";

export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/**
 * Writes metrics in Prometheus' text format 0.0.4 (prometheus.io, "Exposition formats") or in OpenMetrics 1.0. In the latter,
 * a counter's family has no `_total` in its name, and the text has an end mark.
 */
export const writeExposition = (families: readonly Family[], format: ExpositionFormat): string => {
  const lines = families.filter(({ samples }) => samples.length > 0).flatMap((family) => familyLines(family, format));
  return `${[...lines, ...(format === "openmetrics" ? ["# EOF"] : [])].join("\n")}\n`;
};

const familyLines = ({ name, samples }: Family, format: ExpositionFormat): string[] => {
  const { type, help } = PROMETHEUS_METRICS[name];
  const family = format === "openmetrics" && type === "counter" ? name.replace(/_total$/, "") : name;
  return [
    `# HELP ${family} ${escapeHelp(help, format)}`,
    `# TYPE ${family} ${type}`,
    ...samples.flatMap((sample) =>
      "histogram" in sample ? histogramLines(name, sample) : [line(name, sample.labels, sample.value)],
    ),
  ];
};

const histogramLines = (name: string, { labels, histogram }: HistogramSample): string[] => [
  ...histogram.buckets.map(({ upTo, count }) => line(`${name}_bucket`, { ...labels, le: bound(upTo) }, count)),
  line(`${name}_sum`, labels, histogram.sum),
  line(`${name}_count`, labels, histogram.buckets.at(-1)?.count ?? 0),
];

const line = (name: string, labels: Labels = {}, value: number): string => {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${number(value)}`;
};

// Both formats have the fraction, as OpenMetrics requires. Otherwise a change of format would start new series.
const bound = (upTo: number): string => (Number.isInteger(upTo) ? `${upTo}.0` : number(upTo));

const number = (value: number): string => {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
};

const escapeLabel = (text: string): string =>
  text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');

const escapeHelp = (text: string, format: ExpositionFormat): string => {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return format === "openmetrics" ? escaped.replaceAll('"', '\\"') : escaped;
};
