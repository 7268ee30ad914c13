import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useDashboard } from "./context.ts";

/** Browsers limit how often a page may change its address, and a half-typed word is of no use in a link. */
const WRITE_DELAY_MS = 400;

export type Draft<Value> = {
  /** The value as edited, otherwise as in the address. */
  value: Value;
  /** Shows a value at once and writes it after a pause. */
  later: (value: Value) => void;
  /** Shows a value and writes it at once. */
  now: (value: Value) => void;
  /** Writes a pending value at once. */
  flush: () => void;
};

/**
 * A value of the address while it is edited. The address is the only state: an edit is kept beside it until it is written,
 * and dropped when a link is followed meanwhile. So the page never takes its own writing for a link.
 */
export const useDraft = <Value>(saved: Value, write: (value: Value) => void): Draft<Value> => {
  const { linksFollowed } = useDashboard();
  const [draft, setDraft] = useState<{ value: Value; linksFollowed: number }>();
  const pending = draft?.linksFollowed === linksFollowed ? draft : undefined;
  const now = (value: Value): void => {
    write(value);
    setDraft(undefined);
  };
  const latest = useRef(now);
  latest.current = now;
  const waiting = useRef(false);
  // A layout effect runs before the next frame. An ordinary one would leave the timer of an older draft running, and that
  // timer would discard this draft.
  useLayoutEffect(() => {
    if (pending === undefined) return undefined;
    const timer = setTimeout(() => latest.current(pending.value), WRITE_DELAY_MS);
    waiting.current = true;
    return () => {
      clearTimeout(timer);
      waiting.current = false;
    };
  }, [pending]);
  return {
    value: pending === undefined ? saved : pending.value,
    later: (value) => setDraft({ value, linksFollowed }),
    now,
    flush: () => {
      // A field that is removed with its view loses the focus too, but the address then belongs to another view.
      if (waiting.current && pending !== undefined) now(pending.value);
    },
  };
};
