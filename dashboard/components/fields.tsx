import { useId, useState } from "preact/hooks";
import { amountIn } from "../model/amount.ts";

type AmountFieldProps = { label: string; value: number; onChange: (text: string) => void; hint?: string };

/** A number of zero or more. What is typed stays as it is typed, even where it is no number yet. */
export const AmountField = ({ label, value, onChange, hint }: AmountFieldProps) => {
  const id = useId();
  const [text, setText] = useState(String(value));
  // A value from elsewhere, such as a reset, replaces what was typed; the same value in other digits does not.
  const shown = (amountIn(text) ?? 0) === value ? text : String(value);
  const faulty = amountIn(shown) === undefined;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        inputMode="decimal"
        value={shown}
        aria-invalid={faulty}
        aria-describedby={`${id}-hint`}
        onInput={(event) => {
          setText(event.currentTarget.value);
          onChange(event.currentTarget.value);
        }}
      />
      <span class="hint" id={`${id}-hint`}>
        {faulty ? "A number such as 120000 or 2.5: from zero to a trillion, without separators." : hint}
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
