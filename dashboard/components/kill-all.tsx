import { useState } from "preact/hooks";
import type { SessionKillAllResponse, SessionListResponse } from "../../shared/contract/responses.ts";
import { useDashboard } from "../data/context.ts";
import { Confirm } from "./dialog.tsx";
import { useAllowed } from "./permission.ts";

type Session = SessionListResponse["sessions"][number];

type KillAllProps = { sessions: readonly Session[]; onKilled: (ids: readonly string[]) => void };

/** Stops all live sessions, or all of a namespace or a cluster. */
export const KillAll = ({ sessions, onKilled }: KillAllProps) => {
  const { api, formats, announce } = useDashboard();
  const allowed = useAllowed("sessionKillAll");
  const [open, setOpen] = useState(false);
  const [namespace, setNamespace] = useState("");
  const [cluster, setCluster] = useState("");
  if (!allowed || sessions.length === 0) return null;
  const matching = sessions.filter(
    (session) =>
      (namespace === "" || session.namespace === namespace) && (cluster === "" || session.cluster === cluster),
  );
  const act = async () => {
    const query = { namespace: namespace || undefined, cluster: cluster || undefined };
    const outcome = await api<SessionKillAllResponse>("sessionKillAll", { query });
    if (outcome.ok) announce(`${formats.count(outcome.value.count, "session")} will be asked to stop.`);
    return outcome;
  };
  return (
    <>
      <button
        type="button"
        class="danger"
        onClick={() => {
          setNamespace("");
          setCluster("");
          setOpen(true);
        }}
      >
        Kill all…
      </button>
      {open && (
        <Confirm
          title="Kill all these sessions?"
          verb={`Kill ${formats.count(matching.length, "session")}`}
          act={act}
          possible={matching.length > 0}
          onClose={(done) => {
            setOpen(false);
            if (done) onKilled(matching.map(({ id }) => id));
          }}
        >
          <Select
            label="Namespace"
            value={namespace}
            onChange={setNamespace}
            options={sessions.map((one) => one.namespace)}
          />
          <Select label="Cluster" value={cluster} onChange={setCluster} options={sessions.map((one) => one.cluster)} />
          <p>Their operators stop them at their next heartbeats. This cannot be undone.</p>
        </Confirm>
      )}
    </>
  );
};

type SelectProps = {
  label: string;
  value: string;
  onChange: (value: string) => void;
  options: readonly (string | null)[];
};

const Select = ({ label, value, onChange, options }: SelectProps) => (
  <label class="field">
    {label}
    <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
      <option value="">all</option>
      {[...new Set(options.filter((option) => option !== null))].sort().map((option) => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </select>
  </label>
);
