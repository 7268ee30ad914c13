import { ENTRY_STATES } from "../../shared/contract/catalog.ts";
import type { CatalogStatusResponse } from "../../shared/contract/catalog-answers.ts";
import { useDashboard } from "../data/context.ts";
import { type Entry, type Place, placesOf, STATE_MEANINGS, toneOf } from "../model/catalog.ts";
import { Badge, Time } from "./basics.tsx";
import { Empty } from "./loaded.tsx";
import { type Column, Table } from "./table.tsx";

export const stateTitle = (state: Place["state"]): string => state.replaceAll("_", " ");

/** Whether an agent reported this state for the entry itself, so that it knows what is in force. */
const isReported = (state: Place["state"]): boolean => ENTRY_STATES.some((each) => each === state);

/** Where one entry is in force, and why not elsewhere. */
export const PolicyPlaces = ({ entry, status }: { entry: Entry; status: CatalogStatusResponse }) => {
  const places = placesOf(entry, status);
  const columns: Column<Place>[] = [
    { id: "cluster", title: "Cluster", value: ({ cluster }) => cluster, show: ({ cluster }) => cluster ?? "unnamed" },
    {
      id: "state",
      title: "State",
      value: ({ state }) => stateTitle(state),
      show: ({ state }) => <Badge tone={toneOf(state)}>{stateTitle(state)}</Badge>,
    },
    {
      id: "generation",
      title: "Generation in force",
      value: ({ generationInForce }) => generationInForce,
      show: ({ generationInForce, state }) => generationInForce ?? (isReported(state) ? "none" : "–"),
    },
    { id: "since", title: "Since", value: ({ since }) => since, show: ({ since }) => <Time at={since} /> },
    {
      id: "meaning",
      title: "Meaning",
      long: true,
      value: ({ message, state }) => message ?? STATE_MEANINGS[state],
      show: ({ message, state }) => (
        <>
          {STATE_MEANINGS[state]}
          {message !== null && ` ${message}`}
        </>
      ),
    },
  ];
  return (
    <Table
      name="places"
      caption="Where it is in force"
      columns={columns}
      rows={places}
      rowKey={({ clusterId }) => clusterId}
      searchable={places.length > 10}
      empty="No cluster with an agent that applies the catalog matches."
    />
  );
};

type Cluster = CatalogStatusResponse["clusters"][number];

/** The clusters whose agents apply the catalog. */
export const PolicyClusters = ({ status }: { status: CatalogStatusResponse }) => {
  const { formats } = useDashboard();
  const failing = (cluster: Cluster) =>
    status.entries.filter(({ cluster_id }) => cluster_id === cluster.cluster_id).length;
  const columns: Column<Cluster>[] = [
    { id: "cluster", title: "Cluster", value: ({ cluster }) => cluster, show: ({ cluster }) => cluster ?? "unnamed" },
    {
      id: "state",
      title: "State",
      value: ({ state }) => stateTitle(state),
      show: ({ state, duplicate_name: twice }) => (
        <>
          <Badge tone={toneOf(state)}>{stateTitle(state)}</Badge>
          {twice && <Badge tone="warn">duplicate name</Badge>}
        </>
      ),
    },
    {
      id: "revision",
      title: "Revision",
      value: ({ revision }) => revision,
      show: ({ revision }) => `${revision ?? "–"} of ${formats.number(status.revision)}`,
    },
    {
      id: "failing",
      title: "Not applied",
      numeric: true,
      value: failing,
      show: (cluster) => formats.number(failing(cluster)),
    },
    { id: "since", title: "Since", value: ({ since }) => since, show: ({ since }) => <Time at={since} /> },
    {
      id: "id",
      title: "Cluster ID",
      wrap: true,
      value: ({ cluster_id: id }) => id,
      show: ({ cluster_id: id }) => <code>{id}</code>,
    },
  ];
  if (status.clusters.length === 0)
    return <Empty>No agent applies the catalog yet. Set applyCatalog in the chart of the agents.</Empty>;
  return (
    <Table
      name="catalog-clusters"
      caption="Clusters of the catalog"
      columns={columns}
      rows={status.clusters}
      rowKey={({ cluster_id: id }) => id}
      searchable={status.clusters.length > 10}
      empty=""
    />
  );
};
