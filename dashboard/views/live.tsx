import { useEffect, useRef, useState } from "preact/hooks";
import { Panel } from "../components/basics.tsx";
import { ErrorTable } from "../components/error-table.tsx";
import { LiveSessions } from "../components/live-sessions.tsx";
import { Part } from "../components/loaded.tsx";
import { OperatorTable } from "../components/operator-table.tsx";
import { useDashboard } from "../data/context.ts";
import { mayFollow } from "../data/resource.ts";
import { useOperatorErrors, useOperators, useSessions } from "../data/resources.ts";

const REFRESH_SECONDS = 15;
/** Errors come seldom, and their report is long: one time in so many is enough. */
const ERRORS_EVERY = 4;

/** What runs now: sessions, which can be stopped, and operators with their errors. */
export const LiveView = () => {
  const { formats } = useDashboard();
  const sessions = useSessions();
  const operators = useOperators();
  const errors = useOperatorErrors();
  const [following, setFollowing] = useState(true);
  // As they are when the timer comes: the timer must not begin anew with every answer.
  const latest = useRef({ sessions, operators, errors });
  latest.current = { sessions, operators, errors };
  useEffect(() => {
    if (!following) return undefined;
    let turns = 0;
    const timer = setInterval(() => {
      // Nobody looks at a hidden page, and every question costs a call.
      if (document.hidden) return;
      turns += 1;
      const { sessions, operators, errors } = latest.current;
      const due = [sessions, operators, ...(turns % ERRORS_EVERY === 0 ? [errors] : [])];
      for (const resource of due) if (mayFollow(resource)) resource.reload();
    }, REFRESH_SECONDS * 1_000);
    return () => clearInterval(timer);
  }, [following]);
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
