import { useEffect, useRef, useState } from "preact/hooks";
import { checkPolicyText, type PolicyText } from "../model/policy-text.ts";
import { storeDraft, storedDraft } from "./storage.ts";

/** A pause in typing after which the text is checked. A check takes some milliseconds. */
const CHECK_DELAY_MS = 150;

export type PolicyDraft = {
  text: string;
  checked: PolicyText;
  /** Whether the text differs from what is saved. */
  changed: boolean;
  /** Whether the text was found in the tab's storage, from an earlier visit. */
  restored: boolean;
  /** The version that the text began from; undefined for a new entry. */
  etag: string | undefined;
  edit: (text: string) => void;
  /** What is saved now: from here on, this is not a change. */
  settle: (saved: string, etag: string | undefined) => void;
  /** Keeps the text, but takes another version as its base. */
  rebase: (etag: string | undefined) => void;
};

/** The text of the editor under a key, with its faults. It survives a change of view and an expired token. */
export const usePolicyDraft = (
  key: string,
  saved: { text: string; etag: string | undefined },
  allowUnknown: boolean,
): PolicyDraft => {
  const [found] = useState(() => storedDraft(key));
  const [base, setBase] = useState(saved.text);
  const [etag, setEtag] = useState(found === undefined ? saved.etag : found.etag);
  const [text, setText] = useState(found?.text ?? saved.text);
  const [restored, setRestored] = useState(found !== undefined && found.text !== saved.text);
  const [checked, setChecked] = useState(() => checkPolicyText(text, allowUnknown));
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return undefined;
    }
    const timer = setTimeout(() => {
      setChecked(checkPolicyText(text, allowUnknown));
      storeDraft(key, text === base ? undefined : { text, etag });
    }, CHECK_DELAY_MS);
    return () => clearTimeout(timer);
  }, [key, text, base, etag, allowUnknown]);
  const settle = (next: string, nextEtag: string | undefined): void => {
    storeDraft(key, undefined);
    setRestored(false);
    setBase(next);
    setText(next);
    setEtag(nextEtag);
  };
  // A text without changes follows the catalog; one with changes stays, and a save of it finds the conflict.
  useEffect(() => {
    if (saved.etag !== undefined && saved.etag !== etag && text === base) settle(saved.text, saved.etag);
  }, [saved.etag]);
  return {
    text,
    checked,
    changed: text !== base,
    restored,
    etag,
    edit: (next) => {
      setRestored(false);
      setText(next);
    },
    settle,
    rebase: setEtag,
  };
};
