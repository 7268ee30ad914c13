import type * as v from "valibot";

/**
 * As valibot's `forward`, for a field of the checked object: the faults that a check adds belong to that field. Valibot compares
 * each fault with every earlier one, so its time grows with the square of their number. This looks at the added faults alone.
 */
export const forward = <TInput extends Record<string, unknown>, TIssue extends v.BaseIssue<unknown>>(
  action: v.BaseValidation<TInput, TInput, TIssue>,
  [key]: readonly [keyof TInput & string],
): v.BaseValidation<TInput, TInput, TIssue> => ({
  ...action,
  "~run": (dataset, config) => {
    const before = dataset.issues?.length ?? 0;
    const checked = action["~run"](dataset, config);
    for (const issue of checked.issues?.slice(before) ?? []) {
      const input = checked.value as TInput;
      const place: v.UnknownPathItem = { type: "unknown", origin: "value", input, key, value: input[key] };
      Object.assign(issue, { path: [place] });
    }
    return checked;
  },
});
