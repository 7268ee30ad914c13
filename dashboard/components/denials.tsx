import type { DenialReport } from "../../shared/contract/responses.ts";
import { useDashboard } from "../data/context.ts";
import { Card, Time } from "./basics.tsx";
import { type Column, Table } from "./table.tsx";

type Entry = DenialReport["entries"][number];

/** Refused demand, and how many seats would have met it. */
export const Denials = ({ report }: { report: DenialReport }) => {
  const { formats } = useDashboard();
  const { seats_enough: enough, max_seats: acquired } = report;
  const columns: Column<Entry>[] = [
    { id: "day", title: "Day", value: (entry) => entry.day, show: (entry) => formats.day(entry.day) },
    { id: "user", title: "Kubernetes user", value: (entry) => entry.kubernetes_username },
    { id: "host", title: "Machine", value: (entry) => entry.client_hostname },
    { id: "machine-user", title: "Machine user", value: (entry) => entry.client_username },
    {
      id: "denials",
      title: "Denials",
      numeric: true,
      value: (entry) => entry.denials,
      show: (entry) => formats.number(entry.denials),
    },
    { id: "first", title: "First", value: (entry) => entry.first_at, show: (entry) => <Time at={entry.first_at} /> },
    { id: "last", title: "Last", value: (entry) => entry.last_at, show: (entry) => <Time at={entry.last_at} /> },
  ];
  return (
    <>
      <section class="cards inner" aria-label="Refused demand">
        <Card
          inner
          title="Denials"
          value={formats.number(report.denials)}
          detail={`${formats.count(report.users, "user")} refused`}
        />
        <Card
          inner
          title="Seats that would have been enough"
          value={enough === null ? "–" : formats.number(enough.max)}
          detail={
            enough === null
              ? "No seat was claimed or denied."
              : `on every day; ${formats.number(enough.p95)} on 95 % of them, ${formats.number(enough.p50)} on half; ${acquired === null ? "unlimited" : formats.number(acquired)} acquired`
          }
        />
      </section>
      <Table
        name="denials"
        caption="Denials"
        columns={columns}
        rows={report.entries}
        rowKey={(entry) => `${entry.day}\n${entry.seat_id}`}
        sort={{ column: "last", direction: "descending" }}
        empty="Nobody was refused a seat in this range."
      />
    </>
  );
};
