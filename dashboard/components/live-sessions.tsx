import { useState } from "preact/hooks";
import type { SessionListResponse } from "../../shared/contract/responses.ts";
import { useDashboard } from "../data/context.ts";
import type { Paged } from "../data/resources.ts";
import { Badge, Name } from "./basics.tsx";
import { Confirm } from "./dialog.tsx";
import { KillAll } from "./kill-all.tsx";
import { useAllowed } from "./permission.ts";
import { type Column, Table } from "./table.tsx";

type Session = SessionListResponse["sessions"][number];

type LiveSessionsProps = { sessions: Paged<Session>; onChanged: () => void };

/** The sessions that run now, in the columns of the original's `operator status`, each with a button that stops it. */
export const LiveSessions = ({ sessions, onChanged }: LiveSessionsProps) => {
  const { api, formats, announce } = useDashboard();
  const mayKill = useAllowed("sessionKill");
  const [chosen, setChosen] = useState<Session>();
  // The server lists a session until its operator has stopped it, and may not know of the kill at once.
  const [asked, setAsked] = useState<ReadonlySet<string>>(new Set());
  const markAsked = (ids: readonly string[]) => {
    setAsked((before) => new Set([...before, ...ids]));
    onChanged();
  };
  const isStopping = (session: Session): boolean => session.stopping || asked.has(session.id);
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
          <Name text={session.user} /> {session.ci && <Badge tone="plain">CI</Badge>}
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
      value: (session) => statesOf(session, isStopping(session)).join(" "),
      show: (session) =>
        statesOf(session, isStopping(session)).map((state) => (
          <Badge key={state} tone={state === "live" ? "good" : "warn"}>
            {state}
          </Badge>
        )),
    },
    ...(mayKill ? [killColumn(setChosen, isStopping)] : []),
  ];
  return (
    <>
      <Table
        name="sessions"
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
            <code>{chosen.id}</code> of{" "}
            <strong>
              <Name text={chosen.user} />
            </strong>{" "}
            on <Name text={chosen.target} /> in {chosen.namespace}. Its operator stops it at its next heartbeat.
          </p>
        </Confirm>
      )}
    </>
  );
};

const killColumn = (
  choose: (session: Session) => void,
  isStopping: (session: Session) => boolean,
): Column<Session> => ({
  id: "kill",
  title: "Kill",
  act: true,
  value: () => null,
  show: (session) => (
    <button type="button" class="small danger" disabled={isStopping(session)} onClick={() => choose(session)}>
      Kill<span class="visually-hidden"> session {session.id}</span>
    </button>
  ),
});

/** What a stale operator is to stop, it stops once it is back: both are worth knowing. */
const statesOf = ({ stale }: Session, stopping: boolean): readonly string[] => {
  const states = [...(stale ? ["stale"] : []), ...(stopping ? ["stopping"] : [])];
  return states.length === 0 ? ["live"] : states;
};

const portsOf = (session: Session): string =>
  session.locked_ports
    .map(({ port, kind, filter }) => `${port} ${kind}${filter === undefined || filter === null ? "" : ` (${filter})`}`)
    .join(", ");
