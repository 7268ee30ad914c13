import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Failure, Outcome } from "../data/api.ts";
import { useDashboard } from "../data/context.ts";
import { sentence } from "../model/format.ts";

type ConfirmProps = {
  title: string;
  children: ComponentChildren;
  /** What the button that does it says. */
  verb: string;
  act: () => Promise<Outcome<unknown>>;
  /** Whether there is anything to do it to. */
  possible?: boolean;
  /** Closed without doing it, or after it. */
  onClose: (done: boolean) => void;
};

/**
 * Asks before something that cannot be undone. A modal dialog of the browser's own: it keeps the focus inside and gives it
 * back to what opened it. The button that does nothing has the focus first.
 */
export const Confirm = ({ title, children, verb, act, possible = true, onClose }: ConfirmProps) => {
  const { onUnauthorized } = useDashboard();
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const id = useId();
  const done = useRef(false);
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    // Nothing outside can have the focus before the dialog is gone.
    return () => queueMicrotask(() => restoreFocus(done.current ? null : opener));
  }, []);
  const run = async () => {
    if (busy || !possible) return;
    setBusy(true);
    const outcome = await act();
    setBusy(false);
    if (outcome.ok) {
      done.current = true;
      onClose(true);
    } else if (outcome.failure.kind === "unauthorized") onUnauthorized();
    else setFailure(messageOf(outcome.failure));
  };
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={() => onClose(false)}>
      <h2 id={id}>{title}</h2>
      {children}
      {failure !== undefined && (
        <p class="notice bad" role="alert">
          {failure}
        </p>
      )}
      <div class="actions">
        <button type="button" onClick={() => dialog.current?.close()}>
          Cancel
        </button>
        {/* Not disabled meanwhile: the focus would fall out of it. */}
        <button type="button" class="danger" aria-disabled={busy || !possible} onClick={() => void run()}>
          {verb}
        </button>
      </div>
    </dialog>
  );
};

// What opened the dialog may go with the row that it stands in.
const restoreFocus = (opener: Element | null): void => {
  const target = opener instanceof HTMLElement && opener.isConnected ? opener : document.querySelector("main");
  if (target instanceof HTMLElement) target.focus();
};

const messageOf = (failure: Failure): string => {
  if (failure.kind === "forbidden") return `Your access token lacks the scope ${failure.scope ?? ""}.`;
  return failure.kind === "unauthorized" ? "Sign in again." : sentence(failure.message);
};
