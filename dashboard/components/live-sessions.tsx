import { useState } from "preact/hooks";
import type { SessionListResponse } from "../../shared/contract/responses.ts";
import { shownSessionId } from "../../shared/contract/session-ids.ts";
import { useDashboard } from "../data/context.ts";
import type { Paged } from "../data/resources.ts";
import { Badge, Name, type Tone } from "./basics.tsx";
import { Confirm } from "./dialog.tsx";
import { KillAll } from "./kill-all.tsx";
import { useAllowed } from "./permission.ts";
import { type Column, Table } from "./table.tsx";

type Session = SessionListResponse["sessions"][number];

type LiveSessionsProps = { sessions: Paged<Session>; onChanged: () => void };

/** The live sessions, in the columns of `mirrord operator status`, each with a button that kills it. */
export const LiveSessions = ({ sessions, onChanged }: LiveSessionsProps) => {
  const { api, formats, announce } = useDashboard();
  const mayKill = useAllowed("sessionKill");
  const [chosen, setChosen] = useState<Session>();
  // The server lists a session until its operator has stopped it, and may report the kill with a delay.
  const [killed, setKilled] = useState<ReadonlySet<string>>(new Set());
  const markKilled = (ids: readonly string[]) => {
    setKilled((previous) => new Set([...previous, ...ids]));
    onChanged();
  };
  const isStopping = (session: Session): boolean =>
    session.stopping || (killed.has(session.id) && refusalOf(session) === undefined);
  const columns: Column<Session>[] = [
    {
      id: "id",
      title: "Session ID",
      value: (session) => session.id,
      show: (session) => <code title={session.id}>{shownSessionId(session.id)}</code>,
    },
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
          <Name text={session.user} />{" "}
          {machineKind(session) !== undefined && <Badge tone="plain">{machineKind(session)}</Badge>}
        </>
      ),
    },
    { id: "ports", title: "Ports", value: portsOf, wrap: true },
    {
      id: "duration",
      title: "Duration",
      unit: "seconds",
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
          <span key={state} title={state === "not stopped" ? refusalOf(session) : undefined}>
            <Badge tone={TONES[state]}>{state}</Badge>
          </span>
        )),
    },
    ...(mayKill ? [killColumn(setChosen, isStopping)] : []),
  ];
  return (
    <>
      <Table
        name="sessions"
        caption="Live sessions"
        columns={columns}
        rows={sessions.items}
        rowKey={(session) => session.id}
        sort={{ column: "duration", direction: "descending" }}
        empty="No live sessions."
        tools={<KillAll sessions={sessions.items} onKilled={markKilled} />}
      />
      {!sessions.complete && (
        <p class="note">Only the first {formats.number(sessions.items.length)} sessions are shown.</p>
      )}
      {chosen !== undefined && (
        <Confirm
          title="Kill this session?"
          label="Kill session"
          action={() => api("sessionKill", { id: chosen.id })}
          onClose={(done) => {
            setChosen(undefined);
            if (!done) return;
            markKilled([chosen.id]);
            announce(`Stop requested for session ${shownSessionId(chosen.id)}.`);
          }}
        >
          <p>
            <code>{shownSessionId(chosen.id)}</code> of{" "}
            <strong>
              <Name text={chosen.user} />
            </strong>{" "}
            on <Name text={chosen.target} /> in {chosen.namespace}. The operator stops it at its next heartbeat. This
            cannot be undone.
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
  actions: true,
  value: () => null,
  show: (session) => (
    <button type="button" class="small danger" disabled={isStopping(session)} onClick={() => choose(session)}>
      Kill<span class="visually-hidden"> session {shownSessionId(session.id)}</span>
    </button>
  ),
});

type State = "live" | "denied" | "stale" | "stopping" | "not stopped";

const TONES: Record<State, Tone> = {
  live: "good",
  denied: "bad",
  stale: "warn",
  stopping: "warn",
  "not stopped": "bad",
};

const REFUSALS = {
  unsupported: "It was killed, but its operator is too old to stop sessions.",
  forbidden: "It was killed, but the cluster's agent may not stop sessions.",
} as const;

/** Why a killed session still runs. Earlier releases of the server have no such field. */
const refusalOf = ({ stop_refused = null }: Partial<Session>): string | undefined =>
  stop_refused === null ? undefined : REFUSALS[stop_refused];

/** A session can have several: a stale operator stops its killed sessions once it is back, and a denied session runs. */
const statesOf = (session: Session, stopping: boolean): readonly State[] => {
  const states: State[] = [];
  // Earlier releases of the server have no such field.
  if ((session.denied_code ?? null) !== null) states.push("denied");
  if (session.stale) states.push("stale");
  if (!stopping && refusalOf(session) !== undefined) states.push("not stopped");
  if (stopping) states.push("stopping");
  return states.length === 0 ? ["live"] : states;
};

const machineKind = ({ session_kind, ci }: Session): string | undefined => {
  if (session_kind === "preview") return "Preview";
  return ci ? "CI" : undefined;
};

const portsOf = (session: Session): string =>
  session.locked_ports
    .map(({ port, kind, filter }) => `${port} ${kind}${filter === undefined || filter === null ? "" : ` (${filter})`}`)
    .join(", ");
