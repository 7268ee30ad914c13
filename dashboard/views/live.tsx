import { useEffect, useState } from "preact/hooks";
import { useDashboard } from "../data/context.ts";
import { useOperatorErrors, useOperators, useSessions } from "../data/resources.ts";
import { ErrorTable } from "../parts/error-table.tsx";
import { LiveSessions } from "../parts/live-sessions.tsx";
import { OperatorTable } from "../parts/operator-table.tsx";
import { Part } from "../parts/part.tsx";
import { Panel } from "../parts/small.tsx";

const REFRESH_SECONDS = 15;

/** What runs now: sessions, which can be stopped, and operators with their errors. */
export const LiveView = () => {
  const { formats } = useDashboard();
  const sessions = useSessions();
  const operators = useOperators();
  const errors = useOperatorErrors();
  const [following, setFollowing] = useState(true);
  useEffect(() => {
    if (!following) return undefined;
    const timer = setInterval(() => {
      // Nobody looks at a hidden page, and every question costs a call.
      if (document.hidden) return;
      sessions.reload();
      operators.reload();
    }, REFRESH_SECONDS * 1_000);
    return () => clearInterval(timer);
  }, [following, sessions.reload, operators.reload]);
  const follow = (
    <label class="check">
      <input type="checkbox" checked={following} onChange={(event) => setFollowing(event.currentTarget.checked)} />
      Refresh every {REFRESH_SECONDS} s
    </label>
  );
  const count = sessions.value === undefined ? "" : ` (${formats.number(sessions.value.items.length)})`;
  return (
    <>
      <Panel title={`Sessions now${count}`} tools={follow}>
        <Part resource={sessions} what="the live sessions">
          {(value) => <LiveSessions sessions={value} onChanged={sessions.reload} />}
        </Part>
      </Panel>
      <Panel title="Operators">
        <Part resource={operators} what="the operators">
          {(value) => <OperatorTable operators={value.items} />}
        </Part>
      </Panel>
      <Panel title="Operator errors" note="Of the last 7 days, as operators reported them.">
        <Part resource={errors} what="the operators' errors">
          {(value) => <ErrorTable errors={value} />}
        </Part>
      </Panel>
    </>
  );
};
