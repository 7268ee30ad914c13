import type { OperatorListResponse } from "../../shared/contract/responses.ts";
import { useDashboard } from "../data/context.ts";
import { Badge, Time, type Tone } from "./basics.tsx";
import { type Column, Table } from "./table.tsx";

type Operator = OperatorListResponse["operators"][number];

const STATE_TONES: Record<Operator["state"], Tone> = { active: "good", stale: "warn", gone: "plain" };
const LEASE_TONES: Record<Operator["lease"]["state"], Tone> = { active: "good", expired: "bad", none: "plain" };

/** The operator instances and their state. */
export const OperatorTable = ({ operators }: { operators: readonly Operator[] }) => {
  const { formats } = useDashboard();
  const columns: Column<Operator>[] = [
    {
      id: "cluster",
      title: "Cluster",
      value: (operator) => operator.cluster,
      show: (operator) => operator.cluster ?? "unnamed",
    },
    {
      id: "state",
      title: "State",
      value: (operator) => operator.state,
      show: ({ state }) => <Badge tone={STATE_TONES[state]}>{state}</Badge>,
    },
    { id: "version", title: "Version", value: (operator) => operator.version },
    {
      id: "heartbeat",
      title: "Last heartbeat",
      value: (operator) => operator.last_heartbeat,
      show: (operator) => <Time at={operator.last_heartbeat} />,
    },
    {
      id: "lease",
      title: "Lease",
      wrap: true,
      value: (operator) => operator.lease.state,
      show: ({ lease }) => (
        <>
          <Badge tone={LEASE_TONES[lease.state]}>{lease.state}</Badge>{" "}
          {lease.expires_at !== null && (
            <>
              until <Time at={lease.expires_at} />
            </>
          )}
        </>
      ),
    },
    {
      id: "sessions",
      title: "Live sessions",
      numeric: true,
      value: (operator) => operator.live_sessions,
      show: (operator) => formats.number(operator.live_sessions),
    },
    {
      id: "seen",
      title: "First seen",
      value: (operator) => operator.first_seen,
      show: (operator) => <Time at={operator.first_seen} />,
    },
    {
      id: "instance",
      title: "Instance",
      wrap: true,
      value: (operator) => operator.instance_id,
      show: (operator) => <code>{operator.instance_id}</code>,
    },
  ];
  return (
    <Table
      name="operators"
      caption="Operators"
      columns={columns}
      rows={operators}
      rowKey={(operator) => operator.instance_id}
      sort={{ column: "heartbeat", direction: "descending" }}
      empty="No operators connected yet."
    />
  );
};
