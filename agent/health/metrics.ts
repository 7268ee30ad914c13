/** The metrics of the agent, with their types and meanings. */
const METRICS = {
  objects: ["gauge", "Objects of the operator that the agent knows."],
  sessions_live: ["gauge", "Live sessions, as the agent reports them."],
  events_waiting: ["gauge", "Events that the license server has not acknowledged."],
  events_file_bytes: ["gauge", "Size of the file in which events wait."],
  events_dropped_total: ["counter", "Events that were dropped because too many waited."],
  heartbeats_total: ["counter", "Heartbeats by outcome."],
  denials_total: ["counter", "Sessions for which the license server found no seat."],
  stops_total: ["counter", "Requests to stop a session by outcome."],
  catalog_entries: ["gauge", "Policies and profiles of the catalog by state."],
  catalog_revision: ["gauge", "Revision of the catalog that this cluster has."],
  catalog_calls_total: ["counter", "Calls that apply the catalog, by call and outcome."],
  license_applies_total: ["counter", "Writes of the license Secret."],
  last_success_timestamp_seconds: ["gauge", "Last answer of each side, in Unix seconds. 0: none yet."],
  observed_timestamp_seconds: ["gauge", "Until when every kind of object is known, in Unix seconds. 0: not yet."],
  clock_offset_seconds: ["gauge", "Clock of the other side less the agent's own."],
  troubles: ["gauge", "Errors that last at present."],
  lease_held: ["gauge", "1 while this process holds the Lease of the cluster."],
} as const satisfies Record<string, readonly ["gauge" | "counter", string]>;

export type MetricName = keyof typeof METRICS;
export type Labels = Readonly<Record<string, string>>;

export type Metrics = {
  add(name: MetricName, labels?: Labels, by?: number): void;
  set(name: MetricName, value: number, labels?: Labels): void;
  /** All of them in the Prometheus text format, version 0.0.4. */
  text(): string;
};

const PREFIX = "mirrord_license_agent_";

export const createMetrics = (): Metrics => {
  const values = new Map<MetricName, Map<string, number>>();
  const seriesOf = (name: MetricName): Map<string, number> => {
    const series = values.get(name) ?? new Map<string, number>();
    values.set(name, series);
    return series;
  };
  return {
    add: (name, labels = {}, by = 1) => {
      const series = seriesOf(name);
      const key = textOf(labels);
      series.set(key, (series.get(key) ?? 0) + by);
    },
    set: (name, value, labels = {}) => void seriesOf(name).set(textOf(labels), value),
    text: () =>
      (Object.keys(METRICS) as MetricName[])
        .flatMap((name) => {
          const [type, help] = METRICS[name];
          const lines = [...(values.get(name) ?? [])].map(([labels, value]) => `${PREFIX}${name}${labels} ${value}\n`);
          return lines.length === 0
            ? []
            : [`# HELP ${PREFIX}${name} ${help}\n# TYPE ${PREFIX}${name} ${type}\n`, ...lines];
        })
        .join(""),
  };
};

const textOf = (labels: Labels): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, escaped)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
};

const escaped = (character: string): string => (character === "\n" ? "\\n" : `\\${character}`);
