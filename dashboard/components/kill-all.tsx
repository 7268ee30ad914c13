import { useRef, useState } from "preact/hooks";
import type { SessionKillAllResponse, SessionListResponse } from "../../shared/contract/responses.ts";
import { useDashboard } from "../data/context.ts";
import { Confirm } from "./dialog.tsx";
import { useAllowed } from "./permission.ts";

type Session = SessionListResponse["sessions"][number];

type KillAllProps = { sessions: readonly Session[]; onKilled: (ids: readonly string[]) => void };

/** Kills all live sessions, or those of one namespace or cluster. */
export const KillAll = ({ sessions, onKilled }: KillAllProps) => {
  const { api, formats, announce } = useDashboard();
  const allowed = useAllowed("sessionKillAll");
  const [open, setOpen] = useState(false);
  const [namespace, setNamespace] = useState("");
  const [cluster, setCluster] = useState("");
  // The preview environments that the last request left out.
  const left = useRef<readonly string[]>([]);
  if (!allowed || sessions.length === 0) return null;
  const matching = sessions.filter(
    (session) =>
      (namespace === "" || session.namespace === namespace) && (cluster === "" || session.cluster === cluster),
  );
  const kill = async () => {
    const query = { namespace: namespace || undefined, cluster: cluster || undefined };
    const outcome = await api<SessionKillAllResponse>("sessionKillAll", { query });
    if (outcome.ok) {
      const { count, skipped = [] } = outcome.value;
      left.current = skipped;
      const rest =
        skipped.length === 0 ? "" : ` ${formats.count(skipped.length, "preview environment")} cannot be stopped.`;
      announce(`Stop requested for ${formats.count(count, "session")}.${rest}`);
    }
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
          title="Kill these sessions?"
          label={`Kill ${formats.count(matching.length, "session")}`}
          action={kill}
          enabled={matching.length > 0}
          onClose={(done) => {
            setOpen(false);
            if (done) onKilled(matching.map(({ id }) => id).filter((id) => !left.current.includes(id)));
          }}
        >
          <Select
            label="Namespace"
            value={namespace}
            onChange={setNamespace}
            options={sessions.map((session) => session.namespace)}
          />
          <Select
            label="Cluster"
            value={cluster}
            onChange={setCluster}
            options={sessions.map((session) => session.cluster)}
          />
          <p>The operators stop the sessions at their next heartbeat. This cannot be undone.</p>
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
      <option value="">All</option>
      {[...new Set(options.filter((option) => option !== null))].sort().map((option) => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </select>
  </label>
);
