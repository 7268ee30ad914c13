import { useEffect, useRef, useState } from "preact/hooks";
import { Panel } from "../components/basics.tsx";
import { ClusterTable } from "../components/cluster-table.tsx";
import { ErrorTable } from "../components/error-table.tsx";
import { LiveSessions } from "../components/live-sessions.tsx";
import { Loaded } from "../components/loaded.tsx";
import { OperatorTable } from "../components/operator-table.tsx";
import { useDashboard } from "../data/context.ts";
import { mayRefresh } from "../data/resource.ts";
import { useOperatorErrors, useOperators, useSessions } from "../data/resources.ts";
import { clustersAndOperators, type Operator } from "../model/cluster.ts";

const REFRESH_SECONDS = 15;
/** Errors are rare and their report is long: refresh it with every fourth turn only. */
const ERRORS_EVERY = 4;

/** Live sessions, which can be killed, and clusters and operators with their errors. */
export const LiveView = () => {
  const { formats } = useDashboard();
  const sessions = useSessions();
  const operators = useOperators();
  const errors = useOperatorErrors();
  const [refreshing, setRefreshing] = useState(true);
  // A reference, so that a new response does not restart the timer.
  const latest = useRef({ sessions, operators, errors });
  latest.current = { sessions, operators, errors };
  useEffect(() => {
    if (!refreshing) return undefined;
    let turns = 0;
    const timer = setInterval(() => {
      // A hidden page needs no refresh, and every request costs money.
      if (document.hidden) return;
      turns += 1;
      const { sessions, operators, errors } = latest.current;
      const due = [sessions, operators, ...(turns % ERRORS_EVERY === 0 ? [errors] : [])];
      for (const resource of due) if (mayRefresh(resource)) resource.reload();
    }, REFRESH_SECONDS * 1_000);
    return () => clearInterval(timer);
  }, [refreshing]);
  const refreshToggle = (
    <label class="check">
      <input type="checkbox" checked={refreshing} onChange={(event) => setRefreshing(event.currentTarget.checked)} />
      Refresh every {REFRESH_SECONDS} s
    </label>
  );
  const count = sessions.value === undefined ? "" : ` (${formats.number(sessions.value.items.length)})`;
  return (
    <>
      <Panel title={`Live sessions${count}`} tools={refreshToggle}>
        <Loaded resource={sessions} what="live sessions">
          {(value) => <LiveSessions sessions={value} onChanged={sessions.reload} />}
        </Loaded>
      </Panel>
      <Panel title="Clusters" note="Each with an agent, which reports the sessions of the cluster's operator.">
        <Loaded resource={operators} what="clusters">
          {(value) => <ClusterTable clusters={clustersAndOperators(value.items).clusters} />}
        </Loaded>
      </Panel>
      {operators.value !== undefined && hasOperators(operators.value.items) && (
        <Panel title="Operators" note="Those that report to this server themselves.">
          <Loaded resource={operators} what="operators">
            {(value) => <OperatorTable operators={clustersAndOperators(value.items).operators} />}
          </Loaded>
        </Panel>
      )}
      <Panel title="Operator errors" note="Last 7 days, as reported by operators.">
        <Loaded resource={errors} what="operator errors">
          {(value) => <ErrorTable errors={value} />}
        </Loaded>
      </Panel>
    </>
  );
};

/** Whether the table of operators has something to show: most servers are called by agents only. */
const hasOperators = (all: readonly Operator[]): boolean => {
  const { clusters, operators } = clustersAndOperators(all);
  return operators.length > 0 || clusters.length === 0;
};
