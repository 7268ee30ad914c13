import type { CatalogStatusResponse } from "../../shared/contract/catalog-answers.ts";
import { useDashboard } from "../data/context.ts";
import { type Entry, placesOf, summaryOf } from "../model/catalog.ts";
import { fragmentOf } from "../model/place.ts";
import { clustersText, KIND_TITLES, keyOf } from "../model/policy-text.ts";
import { Badge, Name, Time } from "./basics.tsx";
import { type Column, Table } from "./table.tsx";

type PolicyListProps = { entries: readonly Entry[]; status: CatalogStatusResponse | undefined; empty: string };

/** The entries of the catalog, each with a link to it and the number of clusters where it is in force. */
export const PolicyList = ({ entries, status, empty }: PolicyListProps) => {
  const { place } = useDashboard();
  const columns: Column<Entry>[] = [
    {
      id: "name",
      title: "Name",
      value: (entry) => entry.name,
      show: (entry) => (
        <a href={fragmentOf({ ...place, rest: { ...place.rest, entry: keyOf(entry) } })}>
          <Name text={entry.name} />
        </a>
      ),
    },
    inForceColumn(status),
    { id: "kind", title: "Kind", value: ({ kind }) => KIND_TITLES[kind] },
    { id: "namespace", title: "Namespace", value: ({ namespace }) => namespace },
    {
      id: "clusters",
      title: "Clusters",
      wrap: true,
      value: ({ clusters }) => clustersText(clusters),
    },
    {
      id: "changed",
      title: "Changed",
      value: (entry) => entry.updated_at,
      show: (entry) => <Time at={entry.updated_at} />,
    },
    { id: "by", title: "By", wrap: true, value: (entry) => entry.updated_by },
  ];
  return (
    <Table
      name="catalog"
      caption="Policies and profiles"
      columns={columns}
      rows={entries}
      rowKey={keyOf}
      sort={{ column: "name", direction: "ascending" }}
      empty={empty}
    />
  );
};

// It is there before the states are known, so that the table does not move.
const inForceColumn = (status: CatalogStatusResponse | undefined): Column<Entry> => {
  const summary = (entry: Entry) => (status === undefined ? undefined : summaryOf(placesOf(entry, status)));
  return {
    id: "in-force",
    title: "In force",
    value: (entry) => summary(entry)?.text ?? null,
    show: (entry) => {
      const { tone, text } = summary(entry) ?? { tone: "plain", text: "–" };
      return (
        <>
          <Badge tone={tone}>{text}</Badge>
          {entry.warnings.length > 0 && <Badge tone="warn">warning</Badge>}
        </>
      );
    },
  };
};
