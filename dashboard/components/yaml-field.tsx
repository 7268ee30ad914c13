import { useId, useRef } from "preact/hooks";
import { isolated } from "../model/format.ts";
import type { LineMessage, PolicyText } from "../model/policy-text.ts";

type YamlFieldProps = {
  label: string;
  text: string;
  checked: PolicyText;
  readOnly: boolean;
  onInput: (text: string) => void;
};

/**
 * A text field for YAML with line numbers. Its faults are below it, each a button that leads to its line. The Tab key moves the
 * focus, as in every field.
 */
export const YamlField = ({ label, text, checked, readOnly, onInput }: YamlFieldProps) => {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const lines = text.split("\n").length;
  const { faults, warnings } = checked;
  const toneOf = (line: number): string | undefined => {
    if (faults.some((fault) => fault.line === line)) return "bad";
    return warnings.some((warning) => warning.line === line) ? "warn" : undefined;
  };
  const goTo = (line: number): void => {
    const at =
      text
        .split("\n")
        .slice(0, line - 1)
        .join("\n").length + (line > 1 ? 1 : 0);
    const end = text.indexOf("\n", at);
    field.current?.focus();
    field.current?.setSelectionRange(at, end === -1 ? text.length : end);
  };
  return (
    <div class="yaml">
      <label for={id}>{label}</label>
      <div class="yaml-box">
        <div class="yaml-lines" ref={gutter} aria-hidden="true">
          {Array.from({ length: lines }, (_, index) => (
            <span key={index} class={toneOf(index + 1)}>
              {index + 1}
            </span>
          ))}
        </div>
        <textarea
          id={id}
          ref={field}
          value={text}
          readOnly={readOnly}
          rows={Math.min(Math.max(lines + 1, 12), 30)}
          wrap="off"
          spellcheck={false}
          autocapitalize="off"
          autocomplete="off"
          aria-invalid={faults.length > 0}
          aria-describedby={`${id}-faults`}
          onInput={(event) => onInput(event.currentTarget.value)}
          onScroll={(event) => {
            if (gutter.current !== null) gutter.current.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
      <div id={`${id}-faults`} class="yaml-faults" role="status">
        {!readOnly && faults.length === 0 && <p class="hint">No faults found.</p>}
        <Messages messages={faults} tone="bad" onGoTo={goTo} />
        <Messages messages={warnings} tone="warn" onGoTo={goTo} />
      </div>
    </div>
  );
};

const SHOWN = 20;

type MessagesProps = { messages: readonly LineMessage[]; tone: "bad" | "warn"; onGoTo: (line: number) => void };

const Messages = ({ messages, tone, onGoTo }: MessagesProps) => {
  if (messages.length === 0) return null;
  return (
    <ul class={tone}>
      {messages.slice(0, SHOWN).map(({ line, path, message }, index) => (
        <li key={index}>
          <button type="button" class="link" onClick={() => onGoTo(line)}>
            Line {line}
          </button>{" "}
          {path !== "" && (
            <>
              <code>{isolated(path)}</code>{" "}
            </>
          )}
          {message}
        </li>
      ))}
      {messages.length > SHOWN && <li>and {messages.length - SHOWN} more</li>}
    </ul>
  );
};
