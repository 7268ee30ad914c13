import type { ErrorReport } from "../../shared/contract/responses.ts";
import type { Paged } from "../data/resources.ts";
import { Time } from "./basics.tsx";
import { type Column, Table } from "./table.tsx";

type Entry = ErrorReport["entries"][number];

const COLUMNS: readonly Column<Entry>[] = [
  { id: "time", title: "Time", value: (entry) => entry.timestamp, show: (entry) => <Time at={entry.timestamp} /> },
  { id: "error", title: "Error", value: (entry) => entry.error, long: true },
  { id: "version", title: "Operator version", value: (entry) => entry.operator_version },
  {
    id: "instance",
    title: "Instance",
    value: (entry) => entry.instance_id,
    show: (entry) => <code>{entry.instance_id}</code>,
  },
];

/** The errors that operators reported. */
export const ErrorTable = ({ errors }: { errors: Paged<Entry> }) => (
  <>
    <Table
      name="errors"
      caption="Operator errors"
      columns={COLUMNS}
      rows={errors.items}
      rowKey={(entry) => `${entry.timestamp}\n${entry.instance_id}\n${entry.error}`}
      sort={{ column: "time", direction: "descending" }}
      empty="No operator errors in the last 7 days."
    />
    {!errors.complete && <p class="note">Only the latest errors are shown. The error report lists all of them.</p>}
  </>
);
