import type { DenialReport } from "../../shared/contract/responses.ts";
import { useDashboard } from "../data/context.ts";
import type { Formats } from "../model/format.ts";
import { Card, Time } from "./basics.tsx";
import { type Column, Table } from "./table.tsx";

type Entry = DenialReport["entries"][number];

/** Refused sessions, and how many seats were needed. */
export const Denials = ({ report }: { report: DenialReport }) => {
  const { formats } = useDashboard();
  const { seats_enough: needed, max_seats: owned } = report;
  const columns: Column<Entry>[] = [
    { id: "day", title: "Day", value: (entry) => entry.day, show: (entry) => formats.day(entry.day) },
    { id: "user", title: "Kubernetes user", value: (entry) => entry.kubernetes_username },
    { id: "host", title: "Machine", value: (entry) => entry.client_hostname },
    { id: "machine-user", title: "Machine user", value: (entry) => entry.client_username },
    {
      id: "denials",
      title: "Refused",
      numeric: true,
      value: (entry) => entry.denials,
      show: (entry) => formats.number(entry.denials),
    },
    {
      id: "first",
      title: "First refused",
      value: (entry) => entry.first_at,
      show: (entry) => <Time at={entry.first_at} />,
    },
    {
      id: "last",
      title: "Last refused",
      value: (entry) => entry.last_at,
      show: (entry) => <Time at={entry.last_at} />,
    },
  ];
  return (
    <>
      <section class="cards inner" aria-label="Refused sessions">
        <Card
          inner
          title="Refused sessions"
          value={formats.number(report.denials)}
          detail={formats.count(report.users, "user")}
        />
        <Card inner title="Seats needed" {...seatsNeeded(needed, owned, formats)} />
      </section>
      <Table
        name="denials"
        caption="Refused sessions"
        columns={columns}
        rows={report.entries}
        rowKey={(entry) => `${entry.day}\n${entry.seat_id}`}
        sort={{ column: "last", direction: "descending" }}
        empty="No sessions were refused in this range."
      />
    </>
  );
};

/** The most seats needed on a day of the range, the 95th percentile and the median, beside the seats owned. */
const seatsNeeded = (needed: DenialReport["seats_enough"], owned: number | null, { number }: Formats) => {
  if (needed === null) return { value: "–", detail: "No seats used in this range" };
  return {
    value: `Peak ${number(needed.max)}`,
    detail: `p95 ${number(needed.p95)} · median ${number(needed.p50)} (you own ${owned === null ? "unlimited seats" : number(owned)})`,
  };
};
