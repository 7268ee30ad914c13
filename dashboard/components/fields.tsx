import { useId, useState } from "preact/hooks";
import { parseAmount } from "../model/amount.ts";

type AmountFieldProps = {
  label: string;
  value: number;
  /** Called with undefined while the text is not a valid amount. */
  onChange: (value: number | undefined) => void;
  hint?: string;
};

/** An amount from 0 to 1 trillion. The field keeps the text as typed, even while it is invalid. */
export const AmountField = ({ label, value, onChange, hint }: AmountFieldProps) => {
  const id = useId();
  const [typed, setTyped] = useState({ text: String(value), value });
  // A new value from outside, such as a followed link, replaces the typed text.
  const text = typed.value === value ? typed.text : String(value);
  const invalid = parseAmount(text) === undefined;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        inputMode="decimal"
        value={text}
        aria-invalid={invalid}
        aria-describedby={`${id}-hint`}
        onInput={(event) => {
          const next = parseAmount(event.currentTarget.value);
          setTyped({ text: event.currentTarget.value, value: next ?? value });
          onChange(next);
        }}
      />
      <span class="hint" id={`${id}-hint`}>
        {invalid ? "Enter a number from 0 to 1 trillion, without commas." : hint}
      </span>
    </div>
  );
};

type SelectFieldProps<Id extends string> = {
  label: string;
  value: Id;
  options: readonly { id: Id; title: string }[];
  onChange: (id: Id) => void;
};

export const SelectField = <Id extends string>({ label, value, options, onChange }: SelectFieldProps<Id>) => {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={(event) => {
          const chosen = options.find((option) => option.id === event.currentTarget.value);
          if (chosen !== undefined) onChange(chosen.id);
        }}
      >
        {options.map((option) => (
          <option key={option.id} value={option.id}>
            {option.title}
          </option>
        ))}
      </select>
    </div>
  );
};
