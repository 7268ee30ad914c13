import { useEffect, useRef, useState } from "preact/hooks";
import type { CatalogApplyResponse } from "../../shared/contract/catalog-answers.ts";
import type { YamlEntry } from "../../shared/policies/yaml/parse.ts";
import { entryToYaml } from "../../shared/policies/yaml/write.ts";
import type { Failure } from "../data/api.ts";
import { deleteEntry, readEntry, saveEntries } from "../data/catalog.ts";
import { useDashboard } from "../data/context.ts";
import { usePolicyDraft } from "../data/policy-draft.ts";
import type { Entry } from "../model/catalog.ts";
import { asSentence } from "../model/format.ts";
import {
  checkPolicyText,
  faultsAtLines,
  KIND_TITLES,
  keyOf,
  type LineMessage,
  shownName,
  TEMPLATES,
} from "../model/policy-text.ts";
import { Panel } from "./basics.tsx";
import { Confirm } from "./dialog.tsx";
import { useAllowed } from "./permission.ts";
import { Impact } from "./policy-impact.tsx";
import { Differences } from "./policy-review.tsx";
import { YamlField } from "./yaml-field.tsx";

type PolicyEditorProps = {
  /** The entry as the catalog has it; undefined for a new one. */
  entry: Entry | undefined;
  template: keyof typeof TEMPLATES;
  /** All entries, for the versions of those that the text names beside the opened one. */
  entries: readonly Entry[];
  /** An earlier generation to show in the field. */
  shown: Entry | undefined;
  onSaved: (key: string) => void;
  onDeleted: () => void;
  onClose: () => void;
};

type Review = { text: string; entries: YamlEntry[]; results: CatalogApplyResponse["results"] };

/**
 * Edits entries as YAML: checked while typing, then reviewed (what changes, what it would have done), then saved. It replaces
 * only the version that was opened.
 */
export const PolicyEditor = (props: PolicyEditorProps) => {
  const { entry, template, entries, shown, onSaved, onDeleted, onClose } = props;
  const { api, announce, onUnauthorized } = useDashboard();
  const allowed = useAllowed("catalogApply");
  const key = entry === undefined ? `new ${template}` : keyOf(entry);
  const [allowUnknown, setAllowUnknown] = useState(entry?.allow_unknown ?? false);
  const [force, setForce] = useState(false);
  const saved = { text: entry === undefined ? TEMPLATES[template] : entryToYaml(entry), etag: entry?.etag };
  const draft = usePolicyDraft(key, saved, allowUnknown);
  // Versions as they were when the editor was opened, so that a later change of somebody else is noticed.
  const seen = useRef(new Map(entries.map((each) => [keyOf(each), each.etag])));
  const [review, setReview] = useState<Review>();
  const [failure, setFailure] = useState<Failure>();
  const [found, setFound] = useState<readonly LineMessage[]>([]);
  const [busy, setBusy] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const heading = useRef<HTMLDivElement>(null);
  useEffect(() => heading.current?.focus(), []);
  useEffect(() => {
    if (shown !== undefined) draft.edit(entryToYaml(shown));
  }, [shown]);
  useEffect(() => {
    setReview(undefined);
    setFailure(undefined);
    setFound([]);
  }, [draft.text, allowUnknown, force]);

  const run = async (dryRun: boolean): Promise<void> => {
    const { entries: written, faults } = checkPolicyText(draft.text, allowUnknown);
    if (busy || faults.length > 0) return;
    setBusy(true);
    setFailure(undefined);
    const etags = new Map(seen.current);
    if (entry !== undefined && draft.etag !== undefined) etags.set(keyOf(entry), draft.etag);
    const outcome = await saveEntries(api, { entries: written, etags, allowUnknown, force }, dryRun);
    setBusy(false);
    if (!outcome.ok) {
      if (outcome.failure.kind === "unauthorized") onUnauthorized();
      else if (outcome.failure.kind === "failed" && outcome.failure.status !== CHANGED_MEANWHILE)
        setFound(faultsAtLines(outcome.failure.faults, written));
      setReview(undefined);
      setFailure(outcome.failure);
      return;
    }
    const { results } = outcome.value;
    if (dryRun) {
      setReview({ text: draft.text, entries: written, results });
      announce("Review ready.");
      return;
    }
    for (const result of results) seen.current.set(keyOf(result), result.etag);
    setReview(undefined);
    const [first] = results;
    draft.settle(draft.text, first?.etag);
    announce(`Saved ${results.map(shownName).join(", ")}.`);
    if (first !== undefined) onSaved(keyOf(first));
  };

  const checked = { ...draft.checked, faults: [...draft.checked.faults, ...found] };
  const title = entry === undefined ? `New ${template}` : `${KIND_TITLES[entry.kind]} ${shownName(entry)}`;
  return (
    <div ref={heading} tabIndex={-1} class="focus-target">
      <Panel
        title={title}
        tools={
          <button type="button" class="small" onClick={onClose}>
            Back to the list
          </button>
        }
        note={
          allowed
            ? "One entry, or several separated by ---. Comments are not stored. Clusters get a change after their next heartbeat."
            : "Read only. To change it, sign in with a token that has policies:write."
        }
      >
        {draft.restored && (
          <div class="notice warn">
            <p>
              Your unsaved changes are back.{" "}
              <button type="button" class="small" onClick={() => draft.settle(saved.text, saved.etag)}>
                Discard them
              </button>
            </p>
          </div>
        )}
        <YamlField label="YAML" text={draft.text} checked={checked} readOnly={!allowed} onInput={draft.edit} />
        {allowed && (
          <>
            <div class="options">
              <Check label="Accept unknown fields" checked={allowUnknown} onChange={setAllowUnknown} />
              <Check label="Accept a required profile without a list" checked={force} onChange={setForce} />
            </div>
            <Problem
              failure={failure}
              onRebase={async () => {
                if (entry === undefined) return;
                const outcome = await readEntry(api, entry);
                if (!outcome.ok) return setFailure(outcome.failure);
                seen.current.set(keyOf(entry), outcome.value.etag);
                draft.rebase(outcome.value.etag);
                setFailure(undefined);
                setFound([]);
                announce("Review your text against the current version.");
                return undefined;
              }}
            />
            <div class="actions start">
              <button
                type="button"
                class={review === undefined ? "primary" : undefined}
                aria-disabled={busy || checked.faults.length > 0}
                onClick={() => void run(true)}
              >
                Review changes
              </button>
              {review !== undefined && (
                <button type="button" class="primary" aria-disabled={busy} onClick={() => void run(false)}>
                  Save
                </button>
              )}
              {entry !== undefined && (
                <button type="button" class="danger" onClick={() => setDeleting(true)}>
                  Delete…
                </button>
              )}
            </div>
          </>
        )}
        {review !== undefined && (
          <section class="review" aria-label="Review">
            <h3>What changes</h3>
            <Differences results={review.results} />
            <h3>Impact</h3>
            <Impact entries={review.entries} />
          </section>
        )}
      </Panel>
      {deleting && entry !== undefined && (
        <Confirm
          title="Delete this entry?"
          label="Delete"
          action={async () => {
            const outcome = await deleteEntry(api, entry);
            if (outcome.ok) announce(`${shownName(entry)} deleted.`);
            return outcome;
          }}
          onClose={(done) => {
            setDeleting(false);
            if (done) {
              draft.settle("", undefined);
              onDeleted();
            }
          }}
        >
          <p>
            The agents remove <strong>{shownName(entry)}</strong> from their clusters. Its history is kept for a year.
          </p>
        </Confirm>
      )}
    </div>
  );
};

const Check = ({
  label,
  checked,
  onChange,
}: {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) => (
  <label class="check">
    <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
    {label}
  </label>
);

const reasonOf = (failure: Exclude<Failure, { kind: "unauthorized" }>): string => {
  if (failure.kind === "forbidden") return "You don't have permission for this (requires policies:write).";
  if (failure.kind === "failed" && failure.faults.length > 0)
    return "The server found faults; they are below the text.";
  return asSentence(failure.message);
};

const CHANGED_MEANWHILE = 412;

const Problem = ({ failure, onRebase }: { failure: Failure | undefined; onRebase: () => Promise<void> }) => {
  if (failure === undefined || failure.kind === "unauthorized") return null;
  if (failure.kind === "failed" && failure.status === CHANGED_MEANWHILE)
    return (
      <div class="notice bad" role="alert">
        <p>
          <strong>Somebody changed this entry after you opened it.</strong> Nothing was saved.{" "}
          <button type="button" class="small" onClick={() => void onRebase()}>
            Compare with the current version
          </button>
        </p>
      </div>
    );
  return (
    <div class="notice bad" role="alert">
      <p>
        <strong>Nothing was saved.</strong> {reasonOf(failure)}
      </p>
    </div>
  );
};
