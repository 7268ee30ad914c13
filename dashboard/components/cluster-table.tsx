import { useDashboard } from "../data/context.ts";
import { type ClusterState, clusterModes, clusterState, type Operator, viewAgeSeconds } from "../model/cluster.ts";
import { Badge, Time, type Tone } from "./basics.tsx";
import { type Column, Table } from "./table.tsx";

const TONES: Record<ClusterState, Tone> = {
  active: "good",
  stale: "warn",
  "old data": "bad",
  "no data": "bad",
  gone: "plain",
};

/** The clusters with an agent: whether it is heard, how old its data are, and what it may do. */
export const ClusterTable = ({ clusters }: { clusters: readonly Operator[] }) => {
  const { formats } = useDashboard();
  const now = Date.now();
  const columns: Column<Operator>[] = [
    {
      id: "cluster",
      title: "Cluster",
      value: ({ cluster }) => cluster,
      show: ({ cluster }) => cluster ?? "unnamed",
    },
    {
      id: "state",
      title: "State",
      value: (cluster) => clusterState(cluster, now),
      show: (cluster) => <StateBadge state={clusterState(cluster, now)} />,
    },
    {
      id: "age",
      title: "Age of data",
      unit: "seconds",
      numeric: true,
      value: (cluster) => viewAgeSeconds(cluster, now) ?? null,
      show: (cluster) => {
        const age = viewAgeSeconds(cluster, now);
        if (age === undefined) return "–";
        return <span title={`seen ${formats.utc(cluster.agent?.observed_at ?? now)}`}>{formats.duration(age)}</span>;
      },
    },
    {
      id: "sessions",
      title: "Live sessions",
      numeric: true,
      value: (cluster) => cluster.live_sessions,
      show: (cluster) => formats.number(cluster.live_sessions),
    },
    {
      id: "mode",
      title: "Mode",
      wrap: true,
      value: (cluster) => clusterModes(cluster).join(", "),
      show: (cluster) =>
        clusterModes(cluster).map((mode) => (
          <Badge key={mode} tone="plain">
            {mode}
          </Badge>
        )),
    },
    { id: "operator", title: "Operator", value: (cluster) => cluster.version ?? "unknown" },
    { id: "agent", title: "Agent", value: ({ agent }) => agent?.version ?? null },
    {
      id: "heartbeat",
      title: "Last heartbeat",
      value: (cluster) => cluster.last_heartbeat,
      show: (cluster) => <Time at={cluster.last_heartbeat} />,
    },
    {
      id: "id",
      title: "Cluster ID",
      wrap: true,
      value: (cluster) => cluster.cluster_id,
      show: (cluster) => <code>{cluster.cluster_id}</code>,
    },
  ];
  return (
    <Table
      name="clusters"
      caption="Clusters"
      columns={columns}
      rows={clusters}
      rowKey={(cluster) => cluster.instance_id}
      sort={{ column: "cluster", direction: "ascending" }}
      empty="No agents connected yet."
    />
  );
};

const StateBadge = ({ state }: { state: ClusterState }) => (
  <span
    title={/data$/.test(state) ? "The agent sends heartbeats, but cannot see its cluster. See its log." : undefined}
  >
    <Badge tone={TONES[state]}>{state}</Badge>
  </span>
);
