import { useState } from "preact/hooks";
import type { SessionListResponse } from "../../shared/contract/responses.ts";
import { useDashboard } from "../data/context.ts";
import type { Paged } from "../data/resources.ts";
import { Confirm } from "./dialog.tsx";
import { KillAll } from "./kill-all.tsx";
import { useAllowed } from "./permission.ts";
import { Badge } from "./small.tsx";
import { type Column, Table } from "./table.tsx";

type Session = SessionListResponse["sessions"][number];

type LiveSessionsProps = { sessions: Paged<Session>; onChanged: () => void };

/** The sessions that run now, in the columns of the original's `operator status`, each with a button that stops it. */
export const LiveSessions = ({ sessions, onChanged }: LiveSessionsProps) => {
  const { api, formats, announce } = useDashboard();
  const mayKill = useAllowed("sessionKill");
  const [chosen, setChosen] = useState<Session>();
  // The server lists a session until its operator has stopped it, a heartbeat or two from now.
  const [asked, setAsked] = useState<ReadonlySet<string>>(new Set());
  const markAsked = (ids: readonly string[]) => {
    setAsked((before) => new Set([...before, ...ids]));
    onChanged();
  };
  const columns: Column<Session>[] = [
    { id: "id", title: "Session ID", value: (session) => session.id, show: (session) => <code>{session.id}</code> },
    { id: "target", title: "Target", value: (session) => session.target, wrap: true },
    {
      id: "namespace",
      title: "Namespace",
      value: (session) => session.namespace,
    },
    { id: "cluster", title: "Cluster", value: (session) => session.cluster },
    {
      id: "user",
      title: "User",
      wrap: true,
      value: (session) => session.user,
      show: (session) => (
        <>
          {session.user} {session.ci && <Badge tone="plain">CI</Badge>}
        </>
      ),
    },
    { id: "ports", title: "Ports", value: portsOf, wrap: true },
    {
      id: "duration",
      title: "Session Duration",
      numeric: true,
      value: (session) => session.duration_secs,
      show: (session) => (
        <span title={`since ${formats.utc(session.started_at)}`}>{formats.duration(session.duration_secs)}</span>
      ),
    },
    {
      id: "state",
      title: "State",
      value: (session) => (asked.has(session.id) ? "stopping" : session.stale ? "stale" : "live"),
      show: (session) => <State session={session} asked={asked.has(session.id)} />,
    },
    ...(mayKill ? [killColumn(setChosen, asked)] : []),
  ];
  return (
    <>
      <Table
        caption="Sessions now"
        columns={columns}
        rows={sessions.items}
        rowKey={(session) => session.id}
        sort={{ column: "duration", direction: "descending" }}
        empty="No session runs now."
        tools={<KillAll sessions={sessions.items} onKilled={markAsked} />}
      />
      {!sessions.complete && (
        <p class="note">There are more; the first {formats.number(sessions.items.length)} are shown.</p>
      )}
      {chosen !== undefined && (
        <Confirm
          title="Kill this session?"
          verb="Kill session"
          act={() => api("sessionKill", { id: chosen.id })}
          onClose={(done) => {
            setChosen(undefined);
            if (!done) return;
            markAsked([chosen.id]);
            announce(`Session ${chosen.id}: its operator will be asked to stop it.`);
          }}
        >
          <p>
            <code>{chosen.id}</code> of <strong>{chosen.user}</strong> on {chosen.target} in {chosen.namespace}. Its
            operator stops it at its next heartbeat.
          </p>
        </Confirm>
      )}
    </>
  );
};

const killColumn = (choose: (session: Session) => void, asked: ReadonlySet<string>): Column<Session> => ({
  id: "kill",
  title: "Kill",
  act: true,
  value: () => null,
  show: (session) => (
    <button type="button" class="small danger" disabled={asked.has(session.id)} onClick={() => choose(session)}>
      Kill<span class="visually-hidden"> session {session.id}</span>
    </button>
  ),
});

const State = ({ session, asked }: { session: Session; asked: boolean }) => {
  if (asked) return <Badge tone="warn">stopping</Badge>;
  return session.stale ? <Badge tone="warn">stale</Badge> : <Badge tone="good">live</Badge>;
};

const portsOf = (session: Session): string =>
  session.locked_ports
    .map(({ port, kind, filter }) => `${port} ${kind}${filter === undefined || filter === null ? "" : ` (${filter})`}`)
    .join(", ");
