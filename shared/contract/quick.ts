import type * as v from "valibot";

/**
 * The schema of a list, with a quick look first: a list that passes `isGood` is accepted as it is. `isGood` must accept only
 * what the schema accepts without a change. Everything else goes through the schema, which names the faults.
 */
export const quick = <Schema extends v.GenericSchema<unknown, unknown>>(
  schema: Schema,
  isGood: (list: readonly unknown[]) => boolean,
): Schema => ({
  ...schema,
  "~run": (dataset: v.UnknownDataset, config: v.Config<v.BaseIssue<unknown>>) =>
    Array.isArray(dataset.value) && isGood(dataset.value)
      ? { typed: true, value: dataset.value }
      : schema["~run"](dataset, config),
});
