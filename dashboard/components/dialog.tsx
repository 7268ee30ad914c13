import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Failure, Outcome } from "../data/api.ts";
import { useDashboard } from "../data/context.ts";
import { asSentence } from "../model/format.ts";

type ConfirmProps = {
  title: string;
  children: ComponentChildren;
  /** The label of the button that confirms. */
  label: string;
  action: () => Promise<Outcome<unknown>>;
  enabled?: boolean;
  /** Called with true after the action, with false after a cancel. */
  onClose: (done: boolean) => void;
};

/**
 * Asks for confirmation before an action that cannot be undone. The browser's modal dialog keeps the focus inside; on close the
 * focus returns to the button that opened it. "Cancel" has the focus first.
 */
export const Confirm = ({ title, children, label, action, enabled = true, onClose }: ConfirmProps) => {
  const { onUnauthorized } = useDashboard();
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const id = useId();
  const done = useRef(false);
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    // Nothing outside can receive the focus before the dialog is removed.
    return () => queueMicrotask(() => restoreFocus(done.current ? null : opener));
  }, []);
  const run = async () => {
    if (busy || !enabled) return;
    setBusy(true);
    const outcome = await action();
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
        {/* aria-disabled, because a disabled button loses the focus. */}
        <button type="button" class="danger" aria-disabled={busy || !enabled} onClick={() => void run()}>
          {label}
        </button>
      </div>
    </dialog>
  );
};

// The button that opened the dialog may have disappeared with its row.
const restoreFocus = (opener: Element | null): void => {
  const target = opener instanceof HTMLElement && opener.isConnected ? opener : document.querySelector("main");
  if (target instanceof HTMLElement) target.focus();
};

const messageOf = (failure: Failure): string => {
  if (failure.kind === "forbidden")
    return `You don't have permission for this${failure.scope === undefined ? "" : ` (requires ${failure.scope})`}.`;
  return failure.kind === "unauthorized" ? "Sign in again." : asSentence(failure.message);
};
