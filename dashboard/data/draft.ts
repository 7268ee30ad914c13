import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useDashboard } from "./context.ts";

/** Browsers take an address no more often than some times a second, and nobody shares a word half typed. */
const WRITTEN_AFTER_MS = 400;

export type Draft<Value> = {
  /** What somebody has made of it, and otherwise what the address tells. */
  value: Value;
  /** Shows a value at once, and writes it after a pause. */
  later: (value: Value) => void;
  /** Shows a value and writes it at once. */
  now: (value: Value) => void;
  /** Writes what is still to be written. */
  flush: () => void;
};

/**
 * What stands in the address and is being changed. The address is the only state; what it does not tell yet is kept beside it
 * for a moment, and given up where a link is followed meanwhile. So no writing of one's own is ever taken for a link.
 */
export const useDraft = <Value>(told: Value, write: (value: Value) => void): Draft<Value> => {
  const { followed } = useDashboard();
  const [draft, setDraft] = useState<{ value: Value; followed: number }>();
  const pending = draft?.followed === followed ? draft : undefined;
  const now = (value: Value): void => {
    write(value);
    setDraft(undefined);
  };
  const latest = useRef(now);
  latest.current = now;
  const waiting = useRef(false);
  // Not after the next frame, as an ordinary effect: until then the timer of an older draft would run on, and end this one.
  useLayoutEffect(() => {
    if (pending === undefined) return undefined;
    const timer = setTimeout(() => latest.current(pending.value), WRITTEN_AFTER_MS);
    waiting.current = true;
    return () => {
      clearTimeout(timer);
      waiting.current = false;
    };
  }, [pending]);
  return {
    value: pending === undefined ? told : pending.value,
    later: (value) => setDraft({ value, followed }),
    now,
    flush: () => {
      // A field that is removed with its view loses the focus too; by then the address is another view's.
      if (waiting.current && pending !== undefined) now(pending.value);
    },
  };
};
