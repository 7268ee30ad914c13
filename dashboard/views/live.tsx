import { useEffect, useRef, useState } from "preact/hooks";
import { Panel } from "../components/basics.tsx";
import { ErrorTable } from "../components/error-table.tsx";
import { LiveSessions } from "../components/live-sessions.tsx";
import { Loaded } from "../components/loaded.tsx";
import { OperatorTable } from "../components/operator-table.tsx";
import { useDashboard } from "../data/context.ts";
import { mayRefresh } from "../data/resource.ts";
import { useOperatorErrors, useOperators, useSessions } from "../data/resources.ts";

const REFRESH_SECONDS = 15;
/** Errors are rare and their report is long: refresh it with every fourth turn only. */
const ERRORS_EVERY = 4;

/** Live sessions, which can be killed, and operators with their errors. */
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
      <Panel title="Operators">
        <Loaded resource={operators} what="operators">
          {(value) => <OperatorTable operators={value.items} />}
        </Loaded>
      </Panel>
      <Panel title="Operator errors" note="Last 7 days, as reported by operators.">
        <Loaded resource={errors} what="operator errors">
          {(value) => <ErrorTable errors={value} />}
        </Loaded>
      </Panel>
    </>
  );
};
