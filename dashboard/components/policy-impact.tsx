import { useEffect, useState } from "preact/hooks";
import { isPolicy } from "../../shared/contract/catalog.ts";
import type { ImpactResponse } from "../../shared/contract/policy-answers.ts";
import { UNKNOWN_REASONS } from "../../shared/contract/policy-words.ts";
import type { YamlEntry } from "../../shared/policies/yaml/parse.ts";
import type { Outcome } from "../data/api.ts";
import { readImpact } from "../data/catalog.ts";
import { useDashboard } from "../data/context.ts";
import { asSentence } from "../model/format.ts";
import { keyOf, shownName } from "../model/policy-text.ts";
import { Card } from "./basics.tsx";
import { Loading } from "./loaded.tsx";

const DAYS = [7, 30, 90] as const;

/** What the policies of a draft would have done to recorded sessions. */
export const Impact = ({ entries }: { entries: readonly YamlEntry[] }) => {
  const [days, setDays] = useState<number>(30);
  const policies = entries.filter(({ kind }) => isPolicy(kind));
  if (policies.length === 0) return <p class="note">Profiles refuse no session.</p>;
  return (
    <>
      <label class="field-inline">
        Sessions of the last{" "}
        <select value={days} onChange={(event) => setDays(Number(event.currentTarget.value))}>
          {DAYS.map((each) => (
            <option key={each} value={each}>
              {each} days
            </option>
          ))}
        </select>
      </label>
      {policies.map((entry) => (
        <ImpactOf key={`${keyOf(entry)} ${days}`} entry={entry} days={days} title={policies.length > 1} />
      ))}
    </>
  );
};

const ImpactOf = ({ entry, days, title }: { entry: YamlEntry; days: number; title: boolean }) => {
  const { api, formats, onUnauthorized } = useDashboard();
  const [outcome, setOutcome] = useState<Outcome<ImpactResponse>>();
  const [eachSession, setEachSession] = useState(false);
  const [read, setRead] = useState(0);
  useEffect(() => {
    let wanted = true;
    setOutcome(undefined);
    const onProgress = (sessions: number): boolean => {
      if (wanted) setRead(sessions);
      return wanted;
    };
    void readImpact(api, entry, { days, eachSession }, onProgress).then((found) => {
      if (!wanted) return;
      if (!found.ok && found.failure.kind === "unauthorized") onUnauthorized();
      setOutcome(found);
    });
    return () => {
      wanted = false;
    };
  }, [api, entry, days, eachSession]);
  return (
    <div class="impact">
      {title && <h3>{shownName(entry)}</h3>}
      {outcome === undefined && <Loading what="the impact" />}
      {outcome === undefined && read > 0 && <p class="hint">{formats.count(read, "session")} read so far.</p>}
      {outcome !== undefined && !outcome.ok && (
        <p class="notice warn">
          The impact is not available:{" "}
          {"message" in outcome.failure ? asSentence(outcome.failure.message) : "no permission."} You can save without
          it.
        </p>
      )}
      {outcome?.ok === true && (
        <>
          <ImpactCards impact={outcome.value} />
          {outcome.value.refused === null && outcome.value.in_scope > 0 && !eachSession && (
            <p>
              <button type="button" class="small" onClick={() => setEachSession(true)}>
                Read each session
              </button>{" "}
              <span class="hint">Slower. It counts what would be refused, where facts were recorded.</span>
            </p>
          )}
        </>
      )}
    </div>
  );
};

const ImpactCards = ({ impact }: { impact: ImpactResponse }) => {
  const { formats } = useDashboard();
  const { in_scope: inScope, refused, changed, unknown } = impact;
  const shown = (value: number | null) =>
    value === null ? <span class="name">Not known</span> : formats.number(value);
  const unanswered = unknown.reduce((sum, { sessions }) => sum + sessions, 0);
  return (
    <>
      <section class="cards inner" aria-label="Impact">
        <Card inner title="In scope" value={formats.number(inScope)} detail="sessions with such a target" />
        <Card inner title="Would be refused" value={shown(refused)} />
        <Card inner title="Would be changed" value={shown(changed)} />
        <Card inner title="No answer" value={formats.number(unanswered)} detail="a fact was not recorded" />
      </section>
      {unanswered > 0 && (
        <ul class="names">
          {unknown.map(({ reason, sessions }) => (
            <li key={reason}>
              {formats.count(sessions, "session")}: {UNKNOWN_REASONS[reason]}
            </li>
          ))}
        </ul>
      )}
    </>
  );
};
