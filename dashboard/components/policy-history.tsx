import { useState } from "preact/hooks";
import { restoreEntry, useHistory } from "../data/catalog.ts";
import { useDashboard } from "../data/context.ts";
import type { Entry } from "../model/catalog.ts";
import { clustersText, shownName } from "../model/policy-text.ts";
import { Badge, Time } from "./basics.tsx";
import { Confirm } from "./dialog.tsx";
import { Loaded } from "./loaded.tsx";
import { useAllowed } from "./permission.ts";
import { type Column, Table } from "./table.tsx";

type PolicyHistoryProps = { entry: Entry; onShow: (generation: Entry) => void; onRestored: () => void };

/** The generations of an entry. Each can be shown in the editor, or be restored. */
export const PolicyHistory = ({ entry, onShow, onRestored }: PolicyHistoryProps) => {
  const { api, announce } = useDashboard();
  const history = useHistory(entry);
  const allowed = useAllowed("catalogRestore");
  const [chosen, setChosen] = useState<Entry>();
  const columns: Column<Entry>[] = [
    { id: "generation", title: "Generation", value: ({ generation }) => generation },
    {
      id: "changed",
      title: "Changed",
      value: (each) => each.updated_at,
      show: (each) => <Time at={each.updated_at} />,
    },
    { id: "by", title: "By", wrap: true, value: (each) => each.updated_by },
    { id: "clusters", title: "Clusters", wrap: true, value: ({ clusters }) => clustersText(clusters) },
    {
      id: "state",
      title: "State",
      value: (each) => (each.deleted_at === null ? "" : "deleted"),
      show: (each) =>
        each.deleted_at !== null ? (
          <Badge tone="plain">deleted</Badge>
        ) : each.generation === entry.generation ? (
          <Badge tone="good">current</Badge>
        ) : (
          "–"
        ),
    },
    {
      id: "actions",
      title: "Actions",
      actions: true,
      value: () => null,
      show: (each) => (
        <>
          <button type="button" class="small" onClick={() => onShow(each)}>
            Show<span class="visually-hidden"> generation {each.generation}</span>
          </button>{" "}
          {allowed && each.generation !== entry.generation && each.deleted_at === null && (
            <button type="button" class="small" onClick={() => setChosen(each)}>
              Restore<span class="visually-hidden"> generation {each.generation}</span>
            </button>
          )}
        </>
      ),
    },
  ];
  return (
    <Loaded resource={history} what="the history">
      {({ entries }) => (
        <>
          <Table
            name="history"
            caption="History"
            columns={columns}
            rows={entries}
            rowKey={({ generation }) => String(generation)}
            searchable={false}
            empty="No history."
          />
          {chosen !== undefined && (
            <Confirm
              title="Restore this generation?"
              label="Restore"
              action={async () => {
                const outcome = await restoreEntry(api, entry, chosen.generation);
                if (outcome.ok) announce(`Generation ${chosen.generation} of ${shownName(entry)} restored.`);
                return outcome;
              }}
              onClose={(done) => {
                setChosen(undefined);
                if (done) onRestored();
              }}
            >
              <p>
                <strong>{shownName(entry)}</strong> becomes what it was in generation {chosen.generation}. The clusters
                get it with their next heartbeat.
              </p>
            </Confirm>
          )}
        </>
      )}
    </Loaded>
  );
};
